// Before anything is painted: the theme that was chosen here, if one was. Without a choice the system's counts.
'use strict';
try {
  const chosen = localStorage.getItem('lode.theme');
  if (chosen === 'light' || chosen === 'dark') document.documentElement.dataset.theme = chosen;
} catch { /* no storage: the system's theme */ }
