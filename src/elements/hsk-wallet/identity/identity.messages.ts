import { defineMessages, localeFor } from '../../shared/i18n.ts';

/** Words of the credentials in a wallet. Dates and names arrive formatted. */
const identityMessages = defineMessages(
  {
    emptyTitle: 'No verification yet',
    emptyIntro:
      'When an identity service has verified you, it shows here. It is encrypted with this wallet, and goes nowhere by itself.',
    credentials: 'Verifications',
    person: 'Verified person',
    business: 'Verified business',
    issuer: 'Verified by',
    country: 'Residence',
    businessCountry: 'Country or region',
    tier: 'Investor class',
    tiers: (tier: number) => ['Basic', 'Retail', 'Professional', 'Institutional'][tier] ?? String(tier),
    validUntil: 'Valid until',
    valid: 'valid',
    ending: 'ends soon',
    ended: 'has run out',
    removed: 'withdrawn',
    endingNote: (date: string) =>
      `This verification ends on ${date}. Renew it where you buy, before it does.`,
    endedNote: 'Apply again where you buy to renew it. What you hold stays yours.',
    removedNote:
      'The identity service has withdrawn it, or has issued it again for another wallet. Apply again where you buy.',

    applications: 'Applications',
    applicationPerson: 'Application of a person',
    applicationBusiness: 'Application of a business',
    stateDocuments: 'documents are needed',
    stateReview: (date: string) => `in review since ${date}`,
    stateRefused: 'not accepted',
    goOn: 'It goes on where you buy.',

    admissions: 'Admitted to funds',
    admittedUntil: (date: string) => `until ${date}`,
    admissionOf: (symbol: string) => `Admission to ${symbol}`,
    admissionEnding: 'Prove it again in time, where you buy the fund.',
    admissionLapsed: 'ended',
    admissionPolicy: 'the fund’s rules have changed',
    admissionLapsedNote: 'Prove it again where you buy the fund. There is no form to fill in.',

    exportFile: 'Export',
    exportOf: (what: string) => `Export: ${what}`,
    removeIt: 'Remove',
    removeOf: (what: string) => `Remove: ${what}`,
    removeWarning: 'Remove this verification from this browser?',
    removeWarningNext:
      'You cannot prove anything with it here any more. The copy at the identity service or in your file brings it back.',
    removeNow: 'Remove',
    keep: 'Keep it',
    importFile: 'Import from a file',
    findBackup: 'Look for my verification',
    findBackupHint:
      'Restored this wallet here? The identity service keeps a copy that only this wallet opens.',
    finding: 'Looking',
    found: (count: number) =>
      count === 1 ? 'One verification came back.' : `${count} verifications came back.`,
    foundNone: 'Nothing of this wallet was found.',
    imported: 'The verification was imported.',
    exported: 'The file opens only with this wallet’s recovery phrase.',

    fileInvalid: 'This is not a file with a verification',
    fileInvalidNext: 'Choose the file that you exported from the wallet.',
    fileIssuer: 'This verification is from an identity service that does not count here',
    fileOther: 'This verification belongs to another wallet',
    fileOtherNext: 'Restore that wallet from its recovery phrase to use it.',
    issuerFailed: 'The identity service does not answer',
    issuerFailedNext: 'Try again in a moment.',
  },
  {
    emptyTitle: '尚未核實身份',
    emptyIntro: '身份服務核實您之後會在此顯示。資料以此錢包加密，不會自行外傳。',
    credentials: '身份核實',
    person: '已核實個人',
    business: '已核實公司',
    issuer: '核實者',
    country: '居住地',
    businessCountry: '國家或地區',
    tier: '投資者級別',
    tiers: (tier) => ['基本', '零售', '專業', '機構'][tier] ?? String(tier),
    validUntil: '有效期至',
    valid: '有效',
    ending: '即將到期',
    ended: '已過期',
    removed: '已撤回',
    endingNote: (date) => `此核實將於 ${date} 到期，請於認購處及時續期。`,
    endedNote: '請在認購處重新申請。您持有的資產仍屬於您。',
    removedNote: '身份服務已撤回核實，或已為另一錢包重新發出。請在認購處重新申請。',

    applications: '申請',
    applicationPerson: '個人申請',
    applicationBusiness: '公司申請',
    stateDocuments: '需要文件',
    stateReview: (date) => `自 ${date} 起審核`,
    stateRefused: '未獲接納',
    goOn: '請在認購處繼續。',

    admissions: '已獲基金接納',
    admittedUntil: (date) => `至 ${date}`,
    admissionOf: (symbol) => `${symbol} 資格`,
    admissionEnding: '請在認購處及時再次證明。',
    admissionLapsed: '已終止',
    admissionPolicy: '基金規則已更改',
    admissionLapsedNote: '請在認購處再次證明，無須填寫表格。',

    exportFile: '匯出',
    exportOf: (what) => `匯出：${what}`,
    removeIt: '移除',
    removeOf: (what) => `移除：${what}`,
    removeWarning: '從此瀏覽器移除這項核實？',
    removeWarningNext: '移除後無法在此以它作證明。身份服務的副本或您的檔案可以把它找回。',
    removeNow: '移除',
    keep: '保留',
    importFile: '從檔案匯入',
    findBackup: '尋找我的核實',
    findBackupHint: '在此還原了錢包？身份服務存有只有此錢包能開啟的副本。',
    finding: '正在尋找',
    found: (count) => `已找回 ${count} 項核實。`,
    foundNone: '找不到此錢包的核實。',
    imported: '已匯入核實。',
    exported: '檔案只能以此錢包的還原短語開啟。',

    fileInvalid: '這不是核實檔案',
    fileInvalidNext: '請選擇從錢包匯出的檔案。',
    fileIssuer: '此核實來自在此不獲承認的身份服務',
    fileOther: '此核實屬於另一錢包',
    fileOtherNext: '請以還原短語還原該錢包後使用。',
    issuerFailed: '身份服務沒有回應',
    issuerFailedNext: '請稍後再試。',
  },
);
export type IdentityWords = typeof identityMessages.en;

/** For a language tag. */
export function identityWords(language: string): IdentityWords {
  return identityMessages[localeFor(language)] as IdentityWords;
}
