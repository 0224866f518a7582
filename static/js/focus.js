// Moves the focus to what needs it first, e.g. the summary of errors.
document.querySelector("[data-focus]")?.focus();
