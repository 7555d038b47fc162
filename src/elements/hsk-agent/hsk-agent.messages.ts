import { defineMessages } from '../shared/i18n.ts';

/** Words of the first paint; the others come with the views that need them. */
export const agentMessages = defineMessages(
  {
    title: 'AI agent',
    walletIntro:
      'The agent pays from money you set aside in your own wallet. Create one or unlock it to begin.',
  },
  {
    title: 'AI 代理',
    walletIntro: '代理從您自己的錢包所劃撥的款項中付款。請先建立或解鎖錢包。',
  },
);
