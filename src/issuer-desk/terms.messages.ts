import { type Locale } from '../elements/shared/i18n.ts';
import type { DocumentKind, RefusalReason } from '../protocol/application-status.ts';
import type { SourceOfFunds } from '../protocol/issuance.ts';
import type { CaseOutcome, CaseStateName, RevocationReason } from '../protocol/issuer-desk.ts';

/** Words for each value that a case may have: one that is missing does not compile. */
interface Terms {
  documents: Record<DocumentKind, string>;
  refusals: Record<RefusalReason, string>;
  revocations: Record<RevocationReason, string>;
  funds: Record<SourceOfFunds, string>;
  states: Record<CaseStateName, string>;
  outcomes: Record<CaseOutcome, string>;
  /** Of the audit log; others stand as they are. */
  actions: Record<string, string>;
}

export const terms: Record<Locale, Terms> = {
  en: {
    documents: {
      identity: 'Identity document',
      address: 'Proof of address',
      wealth: 'Proof of wealth',
      registration: 'Business registration',
      authority: 'Authority to act',
    },
    refusals: {
      'document-unreadable': 'A document cannot be read',
      'document-mismatch': 'A document does not match the form',
      'document-expired': 'A document has expired',
      'information-incomplete': 'Information is missing',
      'not-verified': 'The identity could not be verified',
      declined: 'Declined, without a reason',
    },
    revocations: {
      'holder-request': 'The holder asked for it',
      'wallet-compromised': 'The wallet is in other hands',
      'information-changed': 'What was attested has changed',
      'issued-in-error': 'It was issued in error',
      'no-longer-eligible': 'The holder is not eligible any more',
      provider: 'The identity provider says so',
    },
    funds: {
      salary: 'Salary',
      savings: 'Savings',
      business: 'Business',
      investments: 'Investments',
      inheritance: 'Inheritance',
      other: 'Other',
    },
    states: {
      documents: 'Waiting for documents',
      review: 'To decide',
      issuing: 'Being issued',
      issued: 'In use',
      lapsed: 'Lapsed with its list',
      ended: 'Ended',
    },
    outcomes: {
      refused: 'Refused',
      revoked: 'Revoked',
      expired: 'Expired',
      replaced: 'Replaced by a newer one',
      withdrawn: 'Withdrawn',
      abandoned: 'Given up',
    },
    actions: {
      viewed: 'Viewed',
      searched: 'Searched by name',
      approved: 'Approved',
      refused: 'Refused',
      asked: 'Asked for documents',
      revoked: 'Revoked',
      matched: 'Found by screening',
      lapsed: 'Lapsed',
      screened: 'Screened everybody',
      imported: 'Imported a list',
      'removed-list': 'Removed a list',
      expired: 'Expired',
      abandoned: 'Given up',
    },
  },
  'zh-Hant': {
    documents: {
      identity: '身份證明文件',
      address: '住址證明',
      wealth: '財富證明',
      registration: '商業登記證',
      authority: '授權書',
    },
    refusals: {
      'document-unreadable': '文件無法辨讀',
      'document-mismatch': '文件與表格不符',
      'document-expired': '文件已過期',
      'information-incomplete': '資料不全',
      'not-verified': '未能核實身份',
      declined: '婉拒，不說明原因',
    },
    revocations: {
      'holder-request': '持有人要求',
      'wallet-compromised': '錢包落入他人手中',
      'information-changed': '所證明的資料已變更',
      'issued-in-error': '錯誤發出',
      'no-longer-eligible': '持有人不再符合資格',
      provider: '身份核實機構要求',
    },
    funds: {
      salary: '薪金',
      savings: '儲蓄',
      business: '業務',
      investments: '投資',
      inheritance: '遺產',
      other: '其他',
    },
    states: {
      documents: '等候文件',
      review: '待審批',
      issuing: '發出中',
      issued: '使用中',
      lapsed: '隨名單失效',
      ended: '已結束',
    },
    outcomes: {
      refused: '已拒絕',
      revoked: '已撤銷',
      expired: '已到期',
      replaced: '已由較新的取代',
      withdrawn: '已撤回',
      abandoned: '已放棄',
    },
    actions: {
      viewed: '查看',
      searched: '按姓名搜尋',
      approved: '批准',
      refused: '拒絕',
      asked: '要求補交文件',
      revoked: '撤銷',
      matched: '篩查發現',
      lapsed: '失效',
      screened: '全面篩查',
      imported: '匯入名單',
      'removed-list': '移除名單',
      expired: '到期',
      abandoned: '放棄',
    },
  },
};
