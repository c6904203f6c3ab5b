extension ErrorCatalogue {
    /// Keys, signed statements, waivers and the audit log.
    static let signatures: [Entry] = [
        Entry(
            "audit.head", 422, "A signed head of the audit log names no position or no hash.",
            cause: "Another document was signed with that key.",
            next: "Remove the file, and sign a new head: hftml audit verify --help"),
        Entry(
            "key.exists", 409, "There is a key of that name already.",
            cause: "It was made before.",
            next: "Use it, or choose another name: hftml keys generate NAME --if-missing"),
        Entry(
            "key.format", 422, "The file is not a valid Ed25519 key of hftml.",
            cause: "It was cut or edited, or it is a key of another program.",
            next: "Make one (hftml keys generate NAME), or fetch it again from its owner."),
        Entry(
            "key.name", 400, "The name cannot be used for a key.",
            cause: "Allowed are letters, digits, `-`, `_` and `.`, and no dot in front.",
            next: "Choose another: hftml keys generate NAME"),
        Entry(
            "key.not-trusted", 404, "No key of that name is trusted here.",
            cause: "A typing mistake, or trust was taken back.",
            next: "See what there is: hftml keys list"),
        Entry(
            "key.permissions", 403, "A private key can be read by others.",
            cause: "It was copied with the usual permissions of files.",
            next: "Keep it to yourself: chmod 600 FILE"),
        Entry(
            "key.revoked", 409, "The key was revoked, and a revoked key never comes back.",
            cause: "It was lost, or its owner left.",
            next: "Make a new one: hftml keys generate NAME"),
        Entry(
            "key.role", 400, "No role was named for a person's key.",
            cause: "A person signs in a role, which policies ask for.",
            next: "Say which: hftml keys trust NAME --role validator"),
        Entry(
            "sign.declined", 409, "Nothing was signed, because the question was answered with no.",
            cause: "You declined, which is your right.",
            next: "Read the summary again, and sign with --yes if you agree."),
        Entry(
            "statement.format", 422, "A recorded approval, rejection or waiver is malformed.",
            cause: "The registry was edited by another program.",
            next: "Check it: hftml audit verify"),
        Entry(
            "statement.key", 403, "The key of a signature does not count at that time.",
            cause: "It had expired or was revoked, or it lacks the role.",
            next: "Trust a valid key (hftml keys trust NAME --role ROLE), and sign again."),
        Entry(
            "statement.other", 409, "A signed statement is filed under another version or kind than it is about.",
            cause: "The registry was edited by another program.",
            next: "Check it: hftml audit verify"),
        Entry(
            "statement.signature", 403, "A signature does not fit the text that it stands under.",
            cause: "The text was altered after signing.",
            next: "Check the log (hftml audit verify), and sign again."),
        Entry(
            "statement.signer", 403, "A statement is in the name of one person and signed with the key of another.",
            cause: "The wrong key was given with --key.",
            next: "Sign with your own: hftml approve NAME/VERSION --policy POLICY --as NAME"),
        Entry(
            "statement.untrusted", 403, "A statement is signed by a key that is not trusted here.",
            cause: "The signer was never trusted, or the key is not in this project.",
            next: "Trust it, if that is right: hftml keys trust NAME --role ROLE"),
        Entry(
            "waive.expires", 400, "The end of the waiver is missing or lies in the past.",
            cause: "Every waiver ends.",
            next: "Name a day ahead: --expires 2027-01-31"),
        Entry(
            "waive.reason", 400, "The waiver has no reason.",
            cause: "A waiver is a recorded act, and its reason is signed.",
            next: "Give one: --reason \"…\""),
        Entry(
            "waive.rule", 404, "The policy has no rule of that name.",
            cause: "A typing mistake, or the rule of another policy.",
            next: "Use one of those that the message lists."),
    ]
}
