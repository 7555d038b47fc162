// Language and theme of the host page. The elements follow `lang` and `theme` by themselves.
const page = document.documentElement;
const stored = (key) => localStorage.getItem(`demo-${key}`);
const store = (key, value) => localStorage.setItem(`demo-${key}`, value);

function setLanguage(lang) {
  page.lang = lang;
  for (const element of document.querySelectorAll('[data-zh]')) {
    element.dataset.en ??= element.textContent.trim().replace(/\s+/g, ' ');
    element.textContent = lang === 'en' ? element.dataset.en : element.dataset.zh;
  }
  for (const element of document.querySelectorAll('[data-zh-label]')) {
    element.dataset.enLabel ??= element.getAttribute('aria-label');
    element.setAttribute('aria-label', lang === 'en' ? element.dataset.enLabel : element.dataset.zhLabel);
  }
  const button = document.querySelector('[data-switch=lang]');
  button.lang = lang === 'en' ? 'zh-Hant' : 'en';
  button.textContent = lang === 'en' ? '中文' : 'English';
  store('lang', lang);
  labelTheme();
}

function setTheme(theme) {
  page.dataset.theme = theme;
  for (const element of document.querySelectorAll('hsk-wallet, hsk-purchase, hsk-agent, hsk-trust'))
    element.setAttribute('theme', theme);
  store('theme', theme);
  labelTheme();
}

function labelTheme() {
  const dark = page.dataset.theme === 'dark';
  const words = page.lang === 'en' ? ['Dark', 'Light'] : ['深色', '淺色'];
  document.querySelector('[data-switch=theme]').textContent = words[dark ? 1 : 0];
}

document.querySelector('[data-switch=theme]').removeAttribute('data-zh');
document
  .querySelector('[data-switch=lang]')
  .addEventListener('click', () => setLanguage(page.lang === 'en' ? 'zh-Hant' : 'en'));
document
  .querySelector('[data-switch=theme]')
  .addEventListener('click', () => setTheme(page.dataset.theme === 'dark' ? 'light' : 'dark'));

setTheme(stored('theme') ?? (matchMedia('(prefers-color-scheme: dark)').matches ? 'dark' : 'light'));
setLanguage(stored('lang') ?? (navigator.language.startsWith('zh') ? 'zh-Hant' : 'en'));
