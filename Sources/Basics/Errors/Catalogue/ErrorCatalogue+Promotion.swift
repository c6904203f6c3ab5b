extension ErrorCatalogue {
    /// Gates, promotions, bundles and the runtime.
    static let promotion: [Entry] = [
        Entry(
            "bundle.digest", 409, "The tensors of the bundle are not those that its manifest lists.",
            cause: "The file was damaged or altered.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT --key KEY …"),
        Entry(
            "bundle.format", 422, "The file is not a bundle that this runtime knows.",
            cause: "Another file, a cut one, or one of a newer hftml.",
            next: "Promote the version again with the same release of hftml on both sides."),
        Entry(
            "bundle.golden", 409, "This machine computes other values than the one that signed the bundle.",
            cause: "Another processor or library, or a damaged model.",
            next: "Do not trade with it. Compare both machines: hftml doctor"),
        Entry(
            "bundle.signature", 403, "The signature of the bundle is missing, malformed or does not fit.",
            cause: "The file was altered after signing, or damaged.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT --key KEY …"),
        Entry(
            "bundle.untrusted-key", 403, "The bundle is signed by a key that this environment does not trust.",
            cause: "The signer was never trusted here, or trust was taken back.",
            next: "Trust it, if that is right: hftml keys trust KEY --to ENVIRONMENT"),
        Entry(
            "feedback.format", 422, "The file holds no measures.",
            cause: "Another file was named.",
            next: "Name summary.json of a replay, or health.json: hftml deployments feedback --help"),
        Entry(
            "feedback.unknown", 404, "The file is about a bundle that this environment never installed.",
            cause: "Another environment was named, or its receipts were not collected.",
            next: "See what was installed: hftml deployments list"),
        Entry(
            "gate.no-policy", 404, "There is no gate policy of that name.",
            cause: "A typing mistake, or a policy that was not committed.",
            next: """
                Policies are YAML files in Registry/gates; see: ls Registry/gates. What one may ask: hftml gates rules
                """),
        Entry(
            "gates.altered", 409, "A gate verdict is not what was recorded.",
            cause: "Somebody changed the registry's file, or it was damaged.",
            next: "See all that was changed: hftml audit verify"),
        Entry(
            "gates.no-decision", 404, "No single verdict of that version has such a digest.",
            cause: "A typing mistake, too few digits, or the verdict is about another version.",
            next: "See the verdicts: hftml gates list"),
        Entry(
            "gates.none", 404, "No gate has decided on exactly these weights.",
            cause: "The version was never judged, or only with other weights.",
            next: "Judge it: hftml gate NAME/VERSION --policy POLICY --features FILE --strategy FILE"),
        Entry(
            "gate.no-run", 409, "The version has no run, so nothing says how it was made.",
            cause: "It was imported without its history.",
            next: "Train and register it: hftml models register NAME RUN"),
        Entry(
            "gate.other-features", 409, "The features are not those that the version was trained on.",
            cause: "Another table was named, or it was rebuilt from other data.",
            next: "Name or rebuild the features of that run: hftml lineage NAME/VERSION"),
        Entry(
            "gate.policy-changed", 409, "The policy changed since the environment's document was signed.",
            cause: "A rule or threshold was edited, and no root key has signed that yet.",
            next: "Bring its text back, or sign the next document: hftml environments sign NAME --as KEY"),
        Entry(
            "order.invalid-transition", 409,
            "An order got an event that its state does not allow, such as a fill after its cancellation.",
            cause: "The messages of the exchange came in a wrong order, or one was repeated.",
            next: "Look at the journal of the runtime around that order."),
        Entry(
            "promote.alias", 409, "The alias of this place names what runs in another place already.",
            cause: "Two hosts lie in directories whose last part is the same, so their aliases would be the same.",
            next: "Name another alias each time: hftml promote NAME/VERSION --to DIRECTORY --alias NAME …"),
        Entry(
            "promote.altered-gate", 409, "The recorded verdict of the gate was changed after it was made.",
            cause: "The registry was edited by another program.",
            next: "Check the registry (hftml registry verify), and judge the version again: hftml gate NAME/VERSION …"),
        Entry(
            "promote.canary", 409, "The version has not been a canary for as long as the policy asks.",
            cause: "The policy demands a time on a share of the instruments first.",
            next: "Promote it as a canary: hftml promote NAME/VERSION --to ENVIRONMENT --share 0.25 …"),
        Entry(
            "promote.costs", 409, "The strategy reckons with lower costs than the environment allows.",
            cause: "Without costs every model earns.",
            next: "Raise costBps in the strategy, and judge it again: hftml gate NAME/VERSION --for ENVIRONMENT …"),
        Entry(
            "promote.environment", 500, "The environment cannot take a bundle: nothing was recorded.",
            cause: "A file stands where a directory should be, it may not be written, or the disk is full.",
            next: "Set right what the message names, and promote again."),
        Entry(
            "promote.freeze", 409, "The environment is frozen: nothing is promoted now.",
            cause: "Its document names this span of time.",
            next: "Wait for its end. A rollback is allowed: hftml rollback ENVIRONMENT --key KEY --reason TEXT"),
        Entry(
            "promote.gate-key", 403, "The verdict of the gate is not signed by a key that may sign verdicts there now.",
            cause: "The key is of nobody there, lacks the role, was revoked or has expired.",
            next: "Judge the version again with a valid key: hftml gate NAME/VERSION --for ENVIRONMENT --key KEY …"),
        Entry(
            "promote.input", 409, "The model trades on order books, and the runtime on bars only.",
            cause: "Live order books are not supported yet.",
            next: "Keep the version in the registry, or train one on bars."),
        Entry(
            "promote.host-key", 409, "The host that is to answer has no key that the environment's document names.",
            cause: "Its key was not made yet, is not in the document with the role `host`, or was made anew.",
            next: "Name it in environment.yaml and sign: hftml environments sign NAME --as KEY"),
        Entry(
            "promote.key", 403, "The key may not order deployments in this environment.",
            cause: "It lacks the role promoter, was revoked or has expired.",
            next: "See who may: hftml environments show ENVIRONMENT"),
        Entry(
            "promote.limits", 409,
            "The limits of the strategy are others than those judged, or beyond the environment's.",
            cause: "A strategy may tighten the hard limits of an environment, never widen them.",
            next: "Lower them in the strategy, and judge it again: hftml gate NAME/VERSION --for ENVIRONMENT …"),
        Entry(
            "promote.log", 409,
            "The audit log is not intact, or not anchored, so nothing that it says can be relied on.",
            cause:
                "Rows or entries were changed, removed or put there by another program; or no key with the role `log` "
                + "has signed its head yet, or not for too long.",
            next:
                "See all that is wrong: hftml audit verify. For want of an anchor, where the record is kept and not on "
                + "a workstation beside it: hftml audit anchor --as KEY"),
        Entry(
            "promote.no-environment", 404, "There is no environment of that name.",
            cause: "A typing mistake, or its directory has no runtime.json.",
            next: "See what there is: ls Registry/environments"),
        Entry(
            "promote.no-gate", 409, "No gate has judged this version with exactly these weights.",
            cause: "It was never judged, or was registered again since.",
            next: "Judge it: hftml gate NAME/VERSION --for ENVIRONMENT --key KEY --features FILE --strategy FILE"),
        Entry(
            "promote.no-policy", 404, "The policy that the verdict rests on is gone.",
            cause: "Its file was deleted or renamed.",
            next: "Restore the file from Git, or judge the version by another policy: hftml gate NAME/VERSION …"),
        Entry(
            "promote.no-receipt", 504, "The runtime did not answer in time.",
            cause: "It is not running, or it is busy; the bundle waits in its inbox.",
            next: "Start it, and look for the receipt: hftml deployments list"),
        Entry(
            "promote.no-window", 422, "The feature table holds no complete window to check the bundle with.",
            cause: "The table is shorter than the model's window.",
            next: "Name a longer table: --features FILE"),
        Entry(
            "promote.none", 404, "No promotion to this environment is under way.",
            cause: "It ended already, or was withdrawn.",
            next: "See what happened: hftml deployments list"),
        Entry(
            "promote.old-gate", 409, "The verdict of the gate is too old to count.",
            cause: "The policy sets how many days a verdict is valid.",
            next: "Judge the version again: hftml gate NAME/VERSION --for ENVIRONMENT --key KEY …"),
        Entry(
            "promote.other-environment", 409, "The verdict is for another environment.",
            cause: "Every environment has its own policy, limits and incumbent.",
            next: "Judge the version for this one: hftml gate NAME/VERSION --for ENVIRONMENT --key KEY …"),
        Entry(
            "promote.other-features", 409, "The features differ from those that the gate judged.",
            cause: "Another file was named, or the features were computed anew.",
            next: "Name the file that the gate judged, or judge it again: hftml gate NAME/VERSION --features FILE …"),
        Entry(
            "promote.other-incumbent", 409, "Another version is in force than the gate compared with.",
            cause: "Something was promoted or rolled back since the verdict.",
            next: "Judge it against what is in force now: hftml gate NAME/VERSION …"),
        Entry(
            "promote.other-policy", 409, "The policy changed after it judged the version.",
            cause: "A rule or threshold was edited.",
            next: "Judge the version by the present policy: hftml gate NAME/VERSION …"),
        Entry(
            "promote.other-strategy", 409, "The strategy differs from the one that the gate judged.",
            cause: "Rule, costs or limits in the strategy file changed.",
            next: "Judge the version with this strategy: hftml gate NAME/VERSION --strategy FILE …"),
        Entry(
            "promote.people", 409, "What people signed does not allow it any more.",
            cause:
                "An approval is missing or was taken back, somebody rejected it, a key was revoked, or a waiver ended.",
            next: "Read the reason in the message, and ask those people."),
        Entry(
            "promote.race", 409, "The alias moved while this promotion was under way.",
            cause: "Somebody promoted or rolled back at the same time.",
            next: "Judge the version against what is in force now: hftml gate NAME/VERSION …"),
        Entry(
            "promote.refused", 409, "The gate refused this version.",
            cause: "At least one rule failed; the verdict lists which.",
            next: "See it (hftml models show NAME/VERSION), and improve the model."),
        Entry(
            "promote.refused-by-runtime", 409, "The runtime did not install the bundle; its reason is in the message.",
            cause: "An untrusted key, a damaged bundle, or limits of the environment.",
            next: "The version in force stays in force; see: hftml deployments list"),
        Entry(
            "promote.share", 400, "The share of the instruments is out of range.",
            cause: "It is above 0 and at most 1; below 1 makes a canary.",
            next: "Use one such as: --share 0.25"),
        Entry(
            "promote.under-way", 409, "Another promotion to this environment is under way.",
            cause: "Its receipt has not come yet.",
            next: "Wait for it, or take it back: hftml deployments withdraw ENVIRONMENT"),
        Entry(
            "promote.unsigned-gate", 403, "The verdicts on this version are signed by nobody.",
            cause: "They were made for no environment, as a rehearsal, or without a key of the role gate.",
            next: "Judge it with one: hftml gate NAME/VERSION --for ENVIRONMENT --key KEY …"),
        Entry(
            "promote.unhealthy", 409, "The runtime ran the version, and the health rule of the policy failed.",
            cause: "It traded otherwise than in the backtest, or the runtime had faults.",
            next: "See what is in force now: hftml deployments list"),
        Entry(
            "rollback.no-bundle", 404, "Nobody has the bundle of that revision any more.",
            cause:
                "It is neither at the host nor in the store beside the registry, or its signer is not known any more.",
            next: "Promote a version instead: hftml promote NAME/VERSION --to ENVIRONMENT --key KEY …"),
        Entry(
            "rollback.no-receipt", 504, "The runtime gave no receipt of the rollback.",
            cause: "It refused, or it was not the one that wrote the last receipt.",
            next: "See what is in force: hftml deployments list"),
        Entry(
            "rollback.reason", 400, "The rollback has no reason.",
            cause: "It is a recorded act, and its reason is signed.",
            next: "Give one: --reason \"…\""),
        Entry(
            "runtime.ended", 500, "The runtime program ended with an error.",
            cause: "Its own message is above on standard error.",
            next: "Run it by hand to see why: hftml-runtime --help"),
        Entry(
            "runtime.no-bundle", 404, "The environment has no bundle to run.",
            cause: "Nothing was promoted to it, or its runtime refused the last one.",
            next: "Promote a version: hftml promote NAME/VERSION --to ENVIRONMENT --key KEY …"),
        Entry(
            "journal.format", 422, "A journal of the trading loop cannot be read.",
            cause: "The file was cut short or changed, or another program wrote it.",
            next: "Replay again: hftml-runtime replay ENVIRONMENT DATA"),
        Entry(
            "rehearsal.ended", 502, "The trading program ended with an error while it rehearsed a version.",
            cause: "It refused the bundle or could not read the bars; its message says why.",
            next: "Run the same by hand: hftml-runtime replay ENVIRONMENT DATA"),
        Entry(
            "rehearsal.summary", 502, "The summary of a rehearsal is not one that this version reads.",
            cause: "The program hftml-runtime beside hftml is of another release.",
            next: "Build both together: ./hftml --version"),
        Entry(
            "runtime.span", 400, "The span that is to be replayed is empty.",
            cause: "The time after --until is not later than the time after --from.",
            next: "Name an earlier begin or a later end: --from 2026-01-31 --until 2026-02-28"),
        Entry(
            "runtime.program", 500, "The program hftml-runtime was not found beside hftml, or did not start.",
            cause: "It was not built or not installed together with hftml.",
            next: "Build both: ./hftml --version"),
    ]
}
