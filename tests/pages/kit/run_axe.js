const [tags, rules, done] = arguments;
const runOnly = rules ? { type: "rule", values: rules } : { type: "tag", values: tags };
const further = rules ? {} : { "target-size": { enabled: true } };
axe
  .run(document, { runOnly, resultTypes: ["violations"], rules: further })
  .then(({ violations }) => done(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html.slice(0, 160))])))
  .catch((error) => done([["axe", [String(error)]]]));
