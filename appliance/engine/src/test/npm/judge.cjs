// Judges cases by Cedar itself: node judge.cjs CEDAR_WASM_JS CASES, one JSON object a line.
// Answers a line each: which texts parse, and the verdict over those that the case names.
const fs = require("fs");
const path = require("path");
const cedar = require(path.resolve(process.argv[2]));

for (const line of fs.readFileSync(process.argv[3], "utf8").split("\n")) {
    if (line === "") {
        continue;
    }
    const test = JSON.parse(line);
    const refused = {};
    for (const [name, text] of Object.entries(test.texts)) {
        const parsed = cedar.checkParsePolicySet({ staticPolicies: { [name]: text } });
        if (parsed.type !== "success") {
            refused[name] = parsed.errors[0].message;
        }
    }
    const policies = {};
    for (const name of test.judged) {
        if (!(name in refused)) {
            policies[name] = test.texts[name];
        }
    }
    const answer = cedar.isAuthorized({
        principal: test.principal,
        action: test.action,
        resource: test.resource,
        context: test.context,
        policies: { staticPolicies: policies },
        entities: test.entities,
    });
    console.log(JSON.stringify(
        answer.type === "success"
            ? {
                refused,
                allowed: answer.response.decision === "allow",
                determining: answer.response.diagnostics.reason,
                errors: answer.response.diagnostics.errors.map((error) => error.policyId),
            }
            : { refused, failure: answer.errors[0].message }));
}
