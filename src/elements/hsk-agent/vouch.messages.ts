import { defineMessages, localeFor } from '../shared/i18n.ts';

/** Words about who stands behind an agent; loaded with their view. Amounts and times arrive formatted. */
const vouchMessages = defineMessages(
  {
    title: 'Who stands behind this agent',
    intro:
      'Optional. Whoever is paid can then check that a verified person or business stands behind the agent, within the limits of this budget. Nobody learns who. Agents you vouch for here can be told to belong together.',
    vouch: 'Vouch for this agent with my verified identity, privately',
    proving: 'Proving in this browser that your identity is verified',
    granting: 'Recording the proof on the chain',
    stands: 'A verified identity stands behind it',
    until: (time: string) => `Until ${time}, or until you stop the agent.`,
    counted: 'Counted against it',
    countedOf: (spent: string, limit: string) => `${spent} of ${limit}`,
    unproven: 'This has to be proven again before it counts',
    again: 'Prove again, privately',
    over: 'Nobody vouches for it any more',
    endsToo: 'Your vouching for the agent ends as well.',
    end: 'End the vouching',

    noCredential: 'This wallet has no verified identity yet',
    noCredentialNext: 'Have yourself verified first, for example where funds are sold. Then vouch here.',
    removed: 'Your verification does not count any more',
    removedNext: 'Apply for it again, then vouch here.',
    issuerFailed: 'The identity service does not answer',
    proofFailed: 'The proof could not be made',
    nothingSent: 'Nothing was sent. Please try again.',
    refused: 'The registry did not accept it',
    refusedNext: 'You may have as many agents here as one may, or the limits are too high together.',
  },
  {
    title: '誰為此代理作保',
    intro:
      '可選。收款方可以核實有一位經驗證的人士或企業在此預算限額內為代理作保，但無人知道是誰。您在此作保的代理可被看出屬於同一人。',
    vouch: '以我的已驗證身份私密地為此代理作保',
    proving: '正在此瀏覽器證明您的身份已獲驗證',
    granting: '正在把證明記錄到鏈上',
    stands: '有已驗證的身份為它作保',
    until: (time) => `至 ${time} 為止，或直至您停止代理。`,
    counted: '已計入',
    countedOf: (spent, limit) => `${limit} 中的 ${spent}`,
    unproven: '須重新證明後才有效',
    again: '重新私密證明',
    over: '不再有人為它作保',
    endsToo: '您為代理的作保亦會結束。',
    end: '結束作保',

    noCredential: '此錢包尚未有已驗證的身份',
    noCredentialNext: '請先完成身份驗證，例如在出售基金的頁面，然後在此作保。',
    removed: '您的身份驗證已失效',
    removedNext: '請重新申請，然後在此作保。',
    issuerFailed: '身份服務沒有回應',
    proofFailed: '未能製作證明',
    nothingSent: '沒有發送任何資料。請重試。',
    refused: '登記冊未有接受',
    refusedNext: '您的代理數目可能已達上限，或合計限額過高。',
  },
);

export type VouchWords = typeof vouchMessages.en;

export function vouchWords(language: string): VouchWords {
  return vouchMessages[localeFor(language)] as VouchWords;
}
