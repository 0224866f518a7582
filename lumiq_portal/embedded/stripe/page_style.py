"""The style of the pages, in their text."""

STYLE = """
:root { color-scheme: light dark; --ground: #f1f3f6; --card: #fff; --ink: #0b0f16; --ink-2: #485463;
  --line: #ccd4de; --edge: #697585; --action: #0b0f16; --on-action: #fff; --note: #7a4b00;
  --note-ground: #fff3d6; --bad: #b3261e; }
@media (prefers-color-scheme: dark) { :root { --ground: #0b0f16; --card: #141a24; --ink: #f4f6fa;
  --ink-2: #abb6c4; --line: #2c3644; --edge: #7c8999; --action: #f4f6fa; --on-action: #0b0f16;
  --note: #ffb547; --note-ground: #2a2213; --bad: #ff8a80; } }
* { box-sizing: border-box; margin: 0; }
body { background: var(--ground); color: var(--ink); padding: 1rem;
  font: 1rem/1.5 system-ui, sans-serif; }
main { background: var(--card); border: 1px solid var(--line); border-radius: .5rem;
  margin: 6vh auto 2rem; max-inline-size: 27rem; overflow: hidden; padding: 0 1.5rem 1.5rem; }
.demo { background: var(--note-ground); color: var(--note); font-weight: 700;
  margin: 0 -1.5rem 1.5rem; padding: .6rem 1.5rem; }
h1 { font-size: 1.4rem; line-height: 1.2; margin-block-end: 1rem; }
ul { list-style: none; padding: 0; }
li, .total, dl div { border-block-end: 1px solid var(--line); display: flex; gap: 1rem;
  justify-content: space-between; padding-block: .75rem; }
small { color: var(--ink-2); display: block; font-size: .875rem; }
.money { font-variant-numeric: tabular-nums; white-space: nowrap; }
.total { border: 0; font-size: 1.25rem; font-weight: 700; }
dt { color: var(--ink-2); } dd { overflow-wrap: anywhere; text-align: end; }
form { display: grid; gap: .6rem; margin-block-start: .5rem; }
button { background: none; border: 1px solid var(--edge); border-radius: .375rem; color: inherit;
  cursor: pointer; font: inherit; font-weight: 600; min-block-size: 3rem; padding: .5rem 1rem; }
.main { background: var(--action); border-color: var(--action); color: var(--on-action); }
.plain { border-color: transparent; color: var(--ink-2); text-decoration: underline; }
button:hover { filter: brightness(.94); }
button:focus-visible { outline: 3px solid var(--ink); outline-offset: 2px; }
.notice { border-inline-start: 4px solid var(--bad); color: var(--bad); font-weight: 600;
  margin-block: .5rem 1rem; padding-inline-start: .75rem; }
"""
