import { defineMessages } from './i18n.ts';

/** Words that every element uses. */
export const sharedMessages = defineMessages(
  {
    close: 'Close',
    copy: 'Copy',
    copied: 'Copied',
    copyAddress: (address: string) => `Copy address ${address}`,
    sequenced: 'sequenced',
    attested: 'attested',
    anchored: 'anchored',
    final: 'final',
    waiting: 'not yet in a block',
    rungOf: (step: number) => `rung ${step} of 4. Show the evidence`,
    technical: 'Technical detail',
    tryAgain: 'Try again',
    loading: 'Loading',
    openFailed: 'This cannot be shown right now',
    unreachable: 'The chain is not reachable',
    unreachableNext: 'We keep trying; nothing you have is lost.',
    refused: 'The answer of the chain could not be proven, so it is not shown',
    refusedNext: 'Your assets are where they were. We keep asking for an answer that can be proven.',
    profileUnavailable: 'The settings of this service could not be loaded',
    profileUnavailableNext: 'Check your connection and try again.',
    profileIntegrity: 'The settings of this service are not the ones this page expects, so they are not used',
    profileIntegrityNext: 'Please tell the operator of this site.',
    profileMissing: 'This element has not been told which chain to use',
    profileMissingNext: 'Set its profile attribute to the address of the chain profile.',
    cspBlocked: 'This page’s security settings stop the secure worker from starting',
    cspBlockedNext: 'The operator of this site has to allow workers (worker-src).',
  },
  {
    close: '關閉',
    copy: '複製',
    copied: '已複製',
    copyAddress: (address) => `複製地址 ${address}`,
    sequenced: '已排序',
    attested: '已見證',
    anchored: '已錨定',
    final: '已終局',
    waiting: '尚未納入區塊',
    rungOf: (step) => `第 ${step} 級，共 4 級。查看證據`,
    technical: '技術詳情',
    tryAgain: '重試',
    loading: '載入中',
    openFailed: '暫時無法顯示',
    unreachable: '未能連接到鏈',
    unreachableNext: '我們會持續嘗試；您的資產不受影響。',
    refused: '鏈上的答覆未能通過驗證，因此不予顯示',
    refusedNext: '您的資產仍在原處。我們會繼續索取可驗證的答覆。',
    profileUnavailable: '未能載入此服務的設定',
    profileUnavailableNext: '請檢查網絡連線後重試。',
    profileIntegrity: '此服務的設定與本頁預期不符，因此不予採用',
    profileIntegrityNext: '請通知本網站的營運者。',
    profileMissing: '此元件尚未指定要使用的鏈',
    profileMissingNext: '請把 profile 屬性設為鏈設定檔的網址。',
    cspBlocked: '本頁的安全設定阻止了安全工作執行緒啟動',
    cspBlockedNext: '網站營運者須允許 worker（worker-src）。',
  },
);
export type SharedWords = typeof sharedMessages.en;

/** The shared words for a language tag. */
export function sharedWords(language: string): SharedWords {
  return (/^zh\b/i.test(language) ? sharedMessages['zh-Hant'] : sharedMessages.en) as SharedWords;
}
