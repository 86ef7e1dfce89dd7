/** What each command does, in one line: in `arb --help` and at the head of its own help. */
export const summaries = {
  demo: 'the whole path on a simulated market, without keys',
  init: 'find keys in the environment and write a commented arb.yaml',
  doctor: 'what stands between this machine and a valid run, and what to do about it',
  import: "other people's logs and traces to a workload; the format is recognised",
  sample: 'the requests that matter, under a number or a price; near-duplicates marked',
  inspect: 'what the traffic is and costs today, before anything is sent',
  bench: 'replay a workload against the targets: latency, cost, quality',
  judge: 'judge again from stored answers, without calling the targets',
  label: 'collect human labels, blinded; they correct what judges say',
  recommend: 'the optimal certified policy on stdout, its case on stderr',
  check: 'does this policy hold on that run: price, score, certify with every row',
  route: 'which rule a request meets, and why; of many, how many meet each rule',
  export: "a gateway's own config, and what it could not express",
  policy: "a gateway's present routing as a policy; the id of a hand-written one",
  verify: 'replay through the live gateway: where each request lands, who takes over',
  prices: 'what the targets cost: the catalogue, its date, what is overridden',
  report: 'one HTML page of a run: the answer, and everything it stands on',
  compare: 'what changed between two runs, with limits',
  gate: 'whether a new run may stand where an accepted one stood',
  nightly: 'all of a night: draw, measure, judge, gate, recommend, report',
  history: 'all runs as a table: figures, and what was new with each',
  purge: 'list or delete old run directories, which hold prompts',
  completion: 'what the Tab key completes after arb, as a script for bash, zsh or fish',
  sim: 'a simulated market of providers on loopback, until Ctrl-C',
} as const;

export type CommandName = keyof typeof summaries;
