const [tags, rules, done] = arguments;
const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: tags };
// off by default: the first of the recommendation since 2.2, the others experimental
const off = ["target-size", "css-orientation-lock", "label-content-name-mismatch"];
const further = rules ? {} : Object.fromEntries(off.map((id) => [id, { enabled: true }]));
axe
  .run(document, { runOnly, resultTypes: ["violations"], rules: further })
  .then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])))
  .catch((error) => done([["axe", [String(error)]]]));
