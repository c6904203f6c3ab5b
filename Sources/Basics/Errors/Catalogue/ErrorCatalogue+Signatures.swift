extension ErrorCatalogue {
    /// Keys, signed statements, waivers and the audit log.
    static let signatures: [Entry] = [
        Entry(
            "anchor.certificates", 422, "The pinned certificates of a time-stamping authority cannot be read.",
            cause: "The file that Registry/hftml.yaml names under certificates is missing, or holds no PEM.",
            next: "Put there the authority's root certificate in PEM; compare it with what the authority publishes."),
        Entry(
            "anchor.empty", 409, "The audit log has no entry that could be signed.",
            cause: "Nothing was recorded in this project yet.",
            next: "Record something first, for instance: hftml keys generate log"),
        Entry(
            "anchor.failed", 500, "A signed head could not be kept in a place of the anchors.",
            cause: "The place is not mounted, is full, or nobody may write there.",
            next: "See the message, then: hftml audit anchor"),
        Entry(
            "anchor.no-key", 404, "No private key at hand may sign heads of the audit log.",
            cause: "No trusted key has the role `log`, or its private half is elsewhere.",
            next: "Make one: hftml keys generate log, then: hftml keys trust log --role log"),
        Entry(
            "anchor.no-loss", 409, "Every anchored head fits the log: nothing is lost.",
            cause: "The registry that was restored has all that was anchored, or the loss was accepted before.",
            next: "See how the record stands: hftml audit verify"),
        Entry(
            "anchor.nowhere", 404, "There is no place outside the registry for signed heads.",
            cause: "The project is in no Git repository, and its settings name no place.",
            next: "Run git init, or name a directory under anchors in Registry/hftml.yaml."),
        Entry(
            "anchor.other-log", 409, "The log does not go on from what was anchored before.",
            cause:
                "Another pipeline judged or promoted since this one restored the record; or an older copy of the "
                + "registry is in use (a backup from before the newest anchor, HFTML_REGISTRY); or entries were "
                + "removed or written anew.",
            next:
                "Run the pipeline again, which begins from the newest record. Elsewhere use the registry that has the "
                + "entries, or a newer backup. Where they are lost for good, a root key says so: "
                + "hftml audit accept-loss --as KEY --reason TEXT"),
        Entry(
            "anchor.other-places", 403,
            "The settings leave out a place for anchors that an environment's document names.",
            cause:
                "The anchors in Registry/hftml.yaml, or the certificates of a time-stamping authority, were changed "
                + "since root keys signed them: by somebody who had a reason, or who wants to anchor another log.",
            next:
                "Bring the settings back: git checkout -- Registry/hftml.yaml. Where the change is meant, root keys "
                + "sign it: hftml environments sign NAME --as KEY"),
        Entry(
            "anchor.timestamp", 422, "The token of a time-stamping authority does not count.",
            cause: "It is about something else, was altered, answers another request, or nobody pinned vouches for it.",
            next: "See the message; ask for a new one with: hftml audit anchor"),
        Entry(
            "approve.no-verdict", 409, "No gate has judged the weights that are to be approved.",
            cause:
                "The page before a signature shows rules, strategy and limits by the verdict, and there is none. With "
                + "--for only one counts that a gate key signed for this environment by its document in force.",
            next:
                "Judge it first: hftml gate NAME/VERSION --for ENVIRONMENT --key KEY --features FILE --strategy FILE; "
                + "or say that you know: --unjudged"
        ),
        Entry(
            "audit.clock", 409, "The clock stands behind the newest entry of the audit log.",
            cause: "The clock was set back, or it was ahead when the newest entry was made.",
            next: "Set it right; where the entry is what is wrong: hftml audit clock --reason TEXT"),
        Entry(
            "audit.head", 422, "A signed head of the audit log names no position or no hash.",
            cause: "Another document was signed with that key.",
            next: "Remove the file, and sign a new head: hftml audit verify --help"),
        Entry(
            "audit.role", 403, "A head of the audit log was signed by a key without the role `log`.",
            cause: "The environment's document, or the project's trusted keys, do not give it.",
            next: "Sign with a key that has it: hftml audit anchor --as KEY"),
        Entry(
            "inbox.nobody", 404, "No key of that person is trusted here, and no environment names one.",
            cause: "A typing mistake, or the name of the account is not that of the key.",
            next: "Say who you are: hftml inbox --as NAME. See the keys: hftml keys list"),
        Entry(
            "key.exists", 409, "There is a key of that name already.",
            cause: "It was made before.",
            next: "Use it, or choose another name: hftml keys generate NAME --if-missing"),
        Entry(
            "key.format", 422, "The file is not a valid Ed25519 key of hftml.",
            cause: "It was cut or edited, or it is a key of another program.",
            next: "Make one (hftml keys generate NAME), or fetch it again from its owner."),
        Entry(
            "key.last-root", 409, "Without the key too few root keys of an environment would be left to sign.",
            cause: "A revoked root key signs nothing more, so no document could be signed, the next one neither.",
            next: "Let a document take it out first: hftml environments sign NAME --as KEY"),
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
            "prove.altered", 409, "The log is not the one whose head was signed.",
            cause: "Entries were changed after the head was anchored.",
            next: "See what was changed: hftml audit verify"),
        Entry(
            "prove.no-anchor", 404, "No anchored head covers the entry.",
            cause: "The entry is newer than the newest anchor, or there is none.",
            next: "Make one: hftml audit anchor"),
        Entry(
            "prove.no-entry", 404, "The audit log has no such entry.",
            cause: "A typing mistake, or digits that several entries begin with.",
            next: "See them: hftml audit show"),
        Entry(
            "sign.not-lost", 400, "Nothing is lost: the newest document on record lies here.",
            cause: "The option --lost was given without a document on record that is in no file any more.",
            next: "Sign the next document without it: hftml environments sign NAME --as KEY"),
        Entry(
            "sign.declined", 409, "Nothing was signed, because the question was answered with no.",
            cause: "You declined, which is your right.",
            next: "Read the summary again, and sign with --yes if you agree."),
        Entry(
            "statement.ahead", 403, "A signed statement is dated ahead of the clock.",
            cause: "It was signed on a machine whose clock is wrong, or dated ahead to last longer.",
            next: "Set the clock right, and sign again: hftml approve NAME/VERSION --policy POLICY --as NAME"),
        Entry(
            "statement.environment", 403, "An approval or waiver was signed for another environment.",
            cause: "It says which one it is for, and counts nowhere else.",
            next: "Let it be signed for this one: hftml approve NAME/VERSION --for ENVIRONMENT --as NAME"),
        Entry(
            "statement.format", 422, "An approval, rejection or waiver, on record or in a file, is malformed.",
            cause: "The registry or the file was edited by another program.",
            next: "Check the record (hftml audit verify); let the signer write the file again: hftml statements export."
        ),
        Entry(
            "statement.key", 403, "The key of a signature does not count at that time.",
            cause: "It had expired or was revoked, or it lacks the role.",
            next: "Trust a valid key (hftml keys trust NAME --role ROLE), and sign again."),
        Entry(
            "statement.none", 404, "Nobody has signed anything about the version.",
            cause: "It was signed in another registry, or about another number.",
            next: "Sign it: hftml approve NAME/VERSION --for ENVIRONMENT --as NAME"),
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
            "statement.no-use", 403, "The signature that is asked for would not count.",
            cause: "The key has none of the roles that the policy asks for, or its owner made the model.",
            next: "Let somebody sign who may; see: hftml keys list"),
        Entry(
            "statement.role", 403, "A statement of a person is signed by the key of a program.",
            cause: "The key has no other role than gate, promoter, log or host.",
            next: "Let a person sign: hftml approve NAME/VERSION --policy POLICY --as NAME"),
        Entry(
            "statement.strategy", 403, "An approval or waiver was signed for another strategy.",
            cause: "Rule, costs or limits were changed after somebody read and signed.",
            next: "Judge it with this strategy, and let it be signed: hftml approve NAME/VERSION --for ENVIRONMENT."),
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
