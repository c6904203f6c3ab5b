extension ErrorCatalogue {
    /// Signed documents of environments, verdicts and orders.
    static let authority: [Entry] = [
        Entry(
            "authority.dates", 409, "The dates of an environment's document cannot be right.",
            cause: "It was signed on a machine whose clock is wrong, or dated so that an expired key would count.",
            next: "Set the clocks right, then sign the next one: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.environment", 409, "A document is of another environment than the one that it lies in.",
            cause: "A file was copied from one environment into another.",
            next: "Fetch the environment's own, or sign one: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.exists", 409, "The environment has an environment.yaml already.",
            cause: "It was made before.",
            next: "Edit the file and sign it: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.expired", 403,
            "The document of the environment has ended, so nothing new goes into force by it.",
            cause: "A document counts for as many days as environment.yaml says.",
            next: "Sign the next one: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.fingerprint", 403, "The root keys here are others than those that were asked for.",
            cause: "The environment's files are not those of its owners, or the fingerprint was copied wrong.",
            next: "Fetch the files again, and compare: hftml environments show NAME"),
        Entry(
            "authority.fork", 409, "There are two different documents of one environment with one number.",
            cause: "Two people signed at once, or somebody rewrote history.",
            next: "Decide which one counts, and sign the next: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.format", 422, "A signed text is not the document of an environment.",
            cause: "Another file was named, or it was cut.",
            next: "Fetch the document again; it is called authority.json."),
        Entry(
            "authority.key", 404, "A key that environment.yaml names is not here.",
            cause: "A typing mistake, or its public half was not committed.",
            next: "Make it (hftml keys generate NAME), or write its publicKey into environment.yaml."),
        Entry(
            "authority.missing", 404, "The environment has no signed document, so nobody may let anything run there.",
            cause: "It was made before there were documents, or nobody has signed yet.",
            next: "Make one: hftml environments init NAME --policy POLICY"),
        Entry(
            "authority.moved", 409, "Somebody else signed for the environment at the same time.",
            cause: "What was shown before the question is not what lies there any more.",
            next: "Look at it again and sign: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.name", 400, "The name cannot be used for an environment.",
            cause: "Allowed are small letters, digits, `-`, `_` and `.`, and no dot in front.",
            next: "Choose another: hftml environments init NAME --policy POLICY"),
        Entry(
            "authority.no-source", 404, "The environment has no environment.yaml to sign.",
            cause: "Its rules were never written down here.",
            next: "Make one: hftml environments init NAME --policy POLICY"),
        Entry(
            "authority.not-root", 403, "The key is none of the environment's root keys.",
            cause: "The wrong key was named, or the key was replaced.",
            next: "See who may sign: hftml environments show NAME"),
        Entry(
            "authority.older", 409, "The document here is older than the one that the host has accepted.",
            cause: "This copy of the project is behind, or somebody put an older document back.",
            next: "Fetch the newest one from Git, or sign the next: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.gone", 409, "A signed document that an environment had is not there any more.",
            cause: "Its files were removed, or this branch does not have them. Nobody stands in for its keys.",
            next: "Bring them back from Git: authority.json and authority/ of the environment."),
        Entry(
            "authority.other-root", 409, "Another project that uses this registry has an environment of that name.",
            cause: "Its documents on record are signed by other root keys. Orders, aliases and what is in force go by "
                + "the environment's name, so that the two would be taken for one.",
            next:
                "Give one of them another name (hftml environments init NAME --policy POLICY), or its own registry."
        ),
        Entry(
            "authority.pinned", 409, "Other root keys are pinned on this machine already.",
            cause: "Somebody pinned others before, or replaced the environment's documents.",
            next: "Compare with the owners of the keys; root keys change by signed documents, without a new pin."),
        Entry(
            "authority.signatures", 403, "Too few root keys have signed the document.",
            cause: "Others have still to sign, or a key that signed was revoked or has expired.",
            next: "Let another root key sign it: hftml environments sign NAME --as KEY"),
        Entry(
            "authority.threshold", 422, "The root keys do not suffice for the threshold, or one stands there twice.",
            cause: "Several keys of one person count once.",
            next: "Name as many persons under root in environment.yaml as have to sign."),
        Entry(
            "authority.unchanged", 409, "The document in force says all that environment.yaml says.",
            cause: "It was signed already, or the change is not saved.",
            next: "For a later end alone: hftml environments sign NAME --as KEY --renew"),
        Entry(
            "authority.unreadable", 422, "A file that should hold a signed document of an environment does not.",
            cause: "It was cut or edited.",
            next: "Restore it from Git, or sign the next: hftml environments sign NAME --as KEY"),
        Entry(
            "order.format", 422, "A signed text is not an order to deploy.",
            cause: "Another release of hftml wrote it, or it was edited.",
            next: "Promote the version again: hftml promote NAME/VERSION --to ENVIRONMENT --key KEY …"),
        Entry(
            "verdict.format", 422, "A signed text is not a verdict of a gate.",
            cause: "Another release of hftml wrote it, or it was edited.",
            next: "Judge the version again: hftml gate NAME/VERSION --for ENVIRONMENT …"),
    ]
}
