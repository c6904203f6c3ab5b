extension ErrorCatalogue {
    /// What a trading host says to a bundle, and to whoever works there.
    static let acceptance: [Entry] = [
        Entry(
            "admission.authority", 409, "The order rests on a document that the environment does not have.",
            cause: "The newest document was not handed over, or two were signed with one number.",
            next: "Copy authority.json of the environment into the host's inbox as NAME.authority.json."),
        Entry(
            "admission.canary", 409, "The version has not been a canary in this environment for as long as it asks.",
            cause: "The environment's document demands a time on a share of the instruments first.",
            next: "Promote a canary: hftml promote NAME/VERSION --to ENVIRONMENT --share 0.25 …"),
        Entry(
            "admission.clock", 409, "The host's clock is behind a time that it has seen.",
            cause: "It was set back, which would bring back what has ended; or it was ahead before.",
            next: "Set the clock right; if it was ahead before: hftml environments sign NAME --as KEY"),
        Entry(
            "admission.costs", 409, "The strategy was judged with lower costs than the environment asks for.",
            cause: "The strategy names a cost of a round trip below the document's floor.",
            next: "Set costBps in the strategy, and judge it again: hftml gate NAME/VERSION …"),
        Entry(
            "admission.counter", 409, "The order is not the next one after those that were answered here.",
            cause: "A bundle that was in force, refused or withdrawn was put into the inbox again, two promotions were "
                + "ordered at once, or a number lies too far ahead.",
            next: "Go back by a rollback: hftml rollback ENVIRONMENT --reason TEXT"),
        Entry(
            "admission.environment", 409, "The bundle was ordered for another environment.",
            cause: "It was copied from one environment's inbox to another's.",
            next: "Promote the version to this one: hftml promote NAME/VERSION --to ENVIRONMENT …"),
        Entry(
            "admission.expired", 409, "The order came into the inbox after its end.",
            cause: "It waited longer than the environment's document allows.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT …"),
        Entry(
            "admission.freeze", 409, "Nothing is promoted to the environment at this time.",
            cause: "A freeze of the environment's document is in force; rollbacks are allowed.",
            next: "Promote after its end; it stands in: hftml environments show NAME"),
        Entry(
            "admission.future", 409, "An order or a verdict is dated ahead of the host's clock.",
            cause: "A clock is wrong, or somebody chose the date.",
            next: "Set the clocks of both machines right, then promote again."),
        Entry(
            "admission.limits", 409, "The bundle's risk limits are wider than the environment's.",
            cause: "The strategy may tighten the hard limits of the document, never widen them.",
            next: "Narrow the strategy's limits, and judge it again: hftml gate NAME/VERSION …"),
        Entry(
            "admission.manifest-key", 403, "The key that signed the bundle's manifest does not count here.",
            cause: "It is unknown, revoked, expired, or has no role promoter in the newest document.",
            next: "Promote with another key, or give it the role: hftml environments sign NAME --as KEY"),
        Entry(
            "admission.mismatch", 409, "Order, verdict, limits and manifest of the bundle do not belong together.",
            cause: "Parts of several bundles were put together.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT …"),
        Entry(
            "admission.order-key", 403, "The key that signed the order does not count here.",
            cause: "It is unknown, revoked, expired, or has no role promoter in the newest document.",
            next: "Promote with another key, or give it the role: hftml environments sign NAME --as KEY"),
        Entry(
            "admission.previous", 409, "The order follows another revision than the one in force.",
            cause: "Something else came in force meanwhile, or the host came back from an older copy.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT …"),
        Entry(
            "admission.rollback", 409, "The rollback names no person, no reason, or nothing to go back to.",
            cause: "A rollback goes to another manifest that was in force in this environment before.",
            next: "See what was in force: hftml deployments list --environment ENVIRONMENT"),
        Entry(
            "admission.share", 409, "The bundle trades more instruments than its order says.",
            cause: "The share of the order and the canary of the manifest do not fit.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT …"),
        Entry(
            "admission.verdict-failed", 403, "The gate did not pass the version.",
            cause: "The bundle carries a verdict that says no.",
            next: "See why, and judge it again: hftml gate NAME/VERSION …"),
        Entry(
            "admission.verdict-key", 403, "The key that signed the verdict does not count here.",
            cause: "It is unknown, revoked, expired, or has no role gate in the newest document.",
            next: "Judge the version where the gate's key is, or give the role: hftml environments sign NAME --as KEY"),
        Entry(
            "admission.verdict-old", 409, "The verdict is older than the environment allows.",
            cause: "What it was made from has changed since.",
            next: "Judge the version again: hftml gate NAME/VERSION …"),
        Entry(
            "admission.verdict-other", 409,
            "The verdict is about another version, other weights, another strategy or another environment.",
            cause: "A verdict that passed was put beside what did not.",
            next: "Judge the version for this environment: hftml gate NAME/VERSION …"),
        Entry(
            "admission.verdict-policy", 409, "The verdict was given under another policy than the environment's.",
            cause: "The policy changed since, or another was chosen.",
            next: "Judge the version under the environment's policy: hftml gate NAME/VERSION …"),
        Entry(
            "admission.version", 409, "The bundle is of version 1, which carries neither order nor verdict.",
            cause: "It was made by an older release of hftml.",
            next: "Promote the version again with this release: hftml promote NAME/VERSION --to ENVIRONMENT …"),
        Entry(
            "inbox.entry", 409, "Something in a host's inbox is no file that it can read and take away.",
            cause: "A directory, a link or a pipe lies there, or another account's file in a directory that keeps it.",
            next: "Take it out of the inbox; the host passes it over until then."),
        Entry(
            "rollback.hole", 409, "Nobody can tell any more which version was in force before.",
            cause: "The host's memory was put together again, and receipts or bundles between two revisions were gone.",
            next:
                "Name a revision that you know to be good: `hftml-runtime rollback DIRECTORY --to N --by PERSON "
                + "--reason TEXT`; or promote what is to run."),
        Entry(
            "rollback.none", 404, "There is no other version to go back to.",
            cause: "Only one version was ever in force, or all before it were rolled back already or rejected.",
            next:
                "Stop trading instead, where its files lie: `hftml-runtime halt DIRECTORY --by PERSON --reason TEXT`"
        ),
        Entry(
            "rollback.unknown", 404, "The revision was never in force, or is in force already.",
            cause: "Another number was meant.",
            next: "See what was in force: hftml deployments list --environment ENVIRONMENT"),
        Entry(
            "receipts.environment", 409, "A list of receipts that the audit log has is of another environment.",
            cause: "A file was copied from one environment's inbox into another's.",
            next: "Leave it: the next signed head of the log brings the right one."),
        Entry(
            "receipts.format", 422, "A file in the inbox is no list of receipts.",
            cause: "It was made or altered by another program.",
            next: "Leave it: the next signed head of the log brings a new one."),
        Entry(
            "receipts.key", 403, "A list of receipts is signed by a key without the role `log`.",
            cause: "The environment's document does not give the role to the key, or it expired or was revoked.",
            next: "Sign a head with one that has it: hftml audit anchor --as KEY"),
        Entry(
            "runtime.locked", 409, "Another process works in the environment.",
            cause: "One process at a time puts bundles in force, such as a replay that still runs.",
            next: "Let it look into the inbox by itself, or end it."),
        Entry(
            "runtime.no-key", 404, "The host has no key of its own, so it can sign no receipts.",
            cause: "The environment's directory was made by an older release, or copied without it.",
            next:
                "Bring the lost one back; or make a new host, with another name: `hftml-runtime init DIRECTORY --root "
                + "FILE --name NEW`"),
        Entry(
            "runtime.no-receipt", 500, "Trading is halted, and no receipt says so.",
            cause: "The host has no key or no pinned root keys, or the disk is full.",
            next: "Mend what the message names, then halt again for a receipt."),
        Entry(
            "runtime.no-root", 404, "No root keys are pinned on the host, so nothing says who may order there.",
            cause: "The environment's directory was made by an older release of hftml.",
            next: "Make its document: hftml environments init NAME --policy POLICY"),
        Entry(
            "runtime.other-market", 409, "A new bundle is for other bars than the runtime takes.",
            cause: "Its model was made for bars of another length, or with other decimals.",
            next: "End the runtime, promote the version again, and start it anew with bars of that kind."),
        Entry(
            "runtime.other-environment", 409, "The pinned root keys are of another environment.",
            cause: "The environment was renamed, or its directory copied.",
            next: "Give it its name back in runtime.json."),
        Entry(
            "runtime.pin", 409, "Other root keys are pinned on the host already.",
            cause: "Root keys change by signed documents; a pin is never replaced without a person.",
            next: "Compare the keys' ids with their owners; then remove root.json by hand, if that is right."),
        Entry(
            "runtime.rollback-role", 403, "The environment does not let this host roll back by itself.",
            cause: "Its document gives the host's key no role promoter.",
            next: "Roll back from a workstation: hftml rollback ENVIRONMENT --reason TEXT"),
        Entry(
            "runtime.state", 409, "What the host remembers of its bundles is gone, damaged or not what is in force.",
            cause: "Files below installed/ were removed or altered, or are an older copy.",
            next:
                "Put it together from what the host has signed: `hftml-runtime recover DIRECTORY`; or bring installed/ "
                + "back from a backup; without it nothing keeps older bundles out."),
        Entry(
            "runtime.tracked", 409, "Git tracks what a trading host keeps to itself, or the registry.",
            cause: "Somebody added the host's pin, key or memory, or the registry, to Git (git add -f). Git replaces "
                + "such files at the next pull without asking, also where they are ignored.",
            next: "Bring your own files back from a backup, and take them out of Git: git rm -r --cached. What lies in "
                + "no clone cannot be reached like this."),
        Entry(
            "withdrawal.counter", 409, "A withdrawal names an order whose number lies far above the last one.",
            cause: "It was not made by hftml: it would leave no number for the orders after it.",
            next: "Withdraw what is under way: hftml deployments withdraw ENVIRONMENT"),
        Entry(
            "withdrawal.environment", 409, "A withdrawal is of an order in another environment, or at another host.",
            cause: "A file was copied from one environment's or host's inbox into another's.",
            next: "Withdraw where the promotion is under way: hftml deployments withdraw ENVIRONMENT"),
        Entry(
            "withdrawal.format", 422, "A file in the inbox is no withdrawal.",
            cause: "It was made or altered by another program.",
            next: "Withdraw again: hftml deployments withdraw ENVIRONMENT"),
        Entry(
            "withdrawal.key", 403, "A withdrawal is signed by a key without the role `promoter`.",
            cause: "The environment's document does not give the role to the key, or it expired or was revoked.",
            next: "Withdraw with a key that has it: hftml deployments withdraw ENVIRONMENT --key KEY"),
        Entry(
            "usage.reason", 400, "Person or reason of an act by hand are empty.",
            cause: "An option was given without a text.",
            next: "Say who and why: `--by PERSON --reason TEXT`"),
    ]
}
