extension ErrorCatalogue {
    /// The registry: filters, runs, versions, aliases, lineage.
    static let registry: [Entry] = [
        Entry(
            "filter.attribute", 400, "A filter or order names something that runs do not have.",
            cause: "A typing mistake, or a metric without the word `metrics.` before it.",
            next: "Write metrics.NAME, params.NAME or tags.NAME: hftml runs list --where \"metrics.val.loss < 0.5\""),
        Entry(
            "filter.invalid", 400, "The filter cannot be read; the column of the mistake is in the message.",
            cause: "A missing quote, an unknown comparison, or `or`, which filters do not have.",
            next: """
                Write clauses joined by `and`: hftml runs list --where "metrics.val.f1 > 0.7 and params.kind = 'lstm'"
                """),
        Entry(
            "filter.metric", 400, "A metric is compared with something that is not a number.",
            cause: "The value is quoted.",
            next: "Write the number bare: metrics.val.loss < 0.5"),
        Entry(
            "filter.number", 400, "An attribute that counts is compared with a text.",
            cause: "The value is quoted, or a time is written as a date.",
            next: "Write a bare number; times are milliseconds since 1970."),
        Entry(
            "filter.text", 400, "A text is compared in a way that texts do not have.",
            cause: "Less and greater are for numbers.",
            next: "Use =, !=, LIKE, ILIKE or IN with a quoted text."),
        Entry(
            "lineage.unknown", 404, "There is no version, run or recorded file of that name.",
            cause: "A typing mistake, or a file that hftml did not make.",
            next: "See what there is: hftml models list, hftml runs list"),
        Entry(
            "models.champion", 400, "The alias `champion` moves by promotion only.",
            cause: "It says what is in force, so it follows a receipt of the runtime.",
            next: "Promote the version: hftml promote NAME/VERSION --to ENVIRONMENT --key KEY …"),
        Entry(
            "models.no-commit", 409, "The version was trained outside Git, so there is no commit to tag.",
            cause: "There was no repository, or no commit, when it was trained.",
            next: "Commit, train again and register the new run."),
        Entry(
            "models.no-gate", 404, "No gate verdict is recorded for this version.",
            cause: "It was never judged.",
            next: "Judge it: hftml gate NAME/VERSION --policy POLICY --features FILE --strategy FILE"),
        Entry(
            "models.no-run", 404, "The version has no run, so there is no evidence about it.",
            cause: "It was imported without its history.",
            next: "Register a version from a run: hftml models register NAME RUN"),
        Entry(
            "models.release", 400, "The release is not a semantic version.",
            cause: "A part is missing, or the `v` in front.",
            next: "Use one such as: hftml models git-tag NAME/VERSION --release v1.2.0"),
        Entry(
            "models.release-taken", 409, "The release exists already at another commit.",
            cause: "A release never moves.",
            next: "Name the next one: hftml models git-tag NAME/VERSION --release v1.3.0"),
        Entry(
            "models.stage", 400, "The name cannot be used for a stage.",
            cause: "Allowed are letters, digits and `-`.",
            next: "Use one such as: hftml models git-tag NAME/VERSION --stage production"),
        Entry(
            "register.format", 422, "The JSON file does not name a run or a version.",
            cause: "Another file was named than training or registration wrote.",
            next: "Name the directory of training, or a run: hftml models register NAME RUN"),
        Entry(
            "register.no-model", 404, "The run has no model among its files.",
            cause: "It is a run of another kind, or it was stopped before its end.",
            next: "Train it to the end: hftml train CONFIG -o DIRECTORY --resume RUN"),
        Entry(
            "register.unfinished", 409, "The run has not finished, so it cannot become a version.",
            cause: "It is running, failed, or was killed.",
            next: "Resume it: hftml train CONFIG -o DIRECTORY --resume RUN"),
        Entry(
            "registry.alias-moved", 409, "The alias points at another version than expected.",
            cause: "Somebody moved it between your look and your command.",
            next: "Look again, and decide anew: hftml models history MODEL"),
        Entry(
            "registry.alias-name", 400, "The name cannot be used for an alias.",
            cause: "Allowed are letters, digits, `-`, `_` and `.`, and not digits alone.",
            next: "Choose another: hftml models alias NAME/VERSION challenger"),
        Entry(
            "registry.alias-order", 409, "The version skipped an alias that comes before this one.",
            cause: "The project orders its aliases, and each version passes them in that order.",
            next: "Give it the earlier alias first, as the message says."),
        Entry(
            "registry.ambiguous", 400, "Several runs begin with these digits, or have this name.",
            cause: "The abbreviation is too short, or runs were given the same name.",
            next: "Give more digits, or the id in place of the name: hftml runs list"),
        Entry(
            "registry.backup", 409, "There is a file at the path of the backup already.",
            cause: "An earlier backup; it is not overwritten.",
            next: "Choose another name: hftml registry backup FILE"),
        Entry(
            "registry.damaged", 500, "The registry's file, or a database to import, holds what it cannot hold.",
            cause: "A disk fault, a copy that was cut off, or another program that wrote into it.",
            next: "See all that is damaged: hftml registry verify; then put a backup in its place."),
        Entry(
            "registry.damaged-artefact", 500, "A stored artefact no longer holds the content that its name promises.",
            cause: "A disk fault, or an edit.",
            next: "Restore it from a backup; check the rest with: hftml registry verify"),
        Entry(
            "registry.deleted", 409, "The run, version or model is deleted.",
            cause: "Deleted things stay, but take no tags or aliases.",
            next: "Bring it back first: hftml models restore NAME/VERSION, or hftml runs restore RUN"),
        Entry(
            "registry.failed", 500, "SQLite refused an operation; its words are in the message.",
            cause: "A full disk, a read-only directory, or a lock that was not released in time.",
            next: "Check the space with df -h, and the file with: hftml registry verify"),
        Entry(
            "registry.in-use", 409, "The version or model is in use under an alias, so it cannot be deleted.",
            cause: "An alias points at it.",
            next: "Move or delete the alias first: hftml models delete-alias NAME ALIAS"),
        Entry(
            "registry.name", 400, "The name cannot be used for a model.",
            cause: "Allowed are letters, digits, `-`, `_` and `.`.",
            next: "Choose another: hftml models register NAME RUN"),
        Entry(
            "registry.newer", 409, "A newer hftml wrote this registry.",
            cause: "Its tables have changes that this version does not know.",
            next: "Update hftml."),
        Entry(
            "registry.no-alias", 404, "The model has no such alias.",
            cause: "A typing mistake, or the alias was deleted.",
            next: "See its aliases: hftml models show NAME"),
        Entry(
            "registry.no-artefact", 404, "A file that the registry names is not beside it.",
            cause: "The registry was copied without its directory of artefacts.",
            next: "Copy the directory too, or restore it from a backup."),
        Entry(
            "registry.no-lineage", 404, "Nothing is recorded of where this came from.",
            cause: "It was made outside hftml, or before this registry.",
            next: "See what is known: hftml lineage NAME/VERSION"),
        Entry(
            "registry.no-model", 404, "The registry has no model of that name.",
            cause: "A typing mistake, or another registry.",
            next: "See what there is: hftml models list"),
        Entry(
            "registry.no-run", 404, "The registry has no such run.",
            cause: "A typing mistake, or another registry.",
            next: "See what there is: hftml runs list"),
        Entry(
            "registry.no-subject", 404, "The run, version or model does not exist.",
            cause: "A typing mistake, or another registry.",
            next: "See what there is: hftml models list, or hftml runs list"),
        Entry(
            "registry.no-tag", 404, "There is no tag of that name to remove.",
            cause: "A typing mistake, or it was removed.",
            next: "See the tags: hftml models show NAME/VERSION, or hftml runs show RUN"),
        Entry(
            "registry.no-version", 404, "The registry has no such version.",
            cause: "A typing mistake, a number that does not exist, or an alias that was moved away.",
            next: "See what there is: hftml models list"),
        Entry(
            "registry.not-deleted", 409, "There is nothing deleted under that name to bring back.",
            cause: "It was never deleted, or it was restored.",
            next: "See it: hftml models show NAME/VERSION, or hftml runs show RUN"),
        Entry(
            "registry.open", 500, "The registry cannot be opened.",
            cause: "The file is not a registry, the directory is not writable, or the disk is full.",
            next: "Check it with ls -l Registry, or name another file in HFTML_REGISTRY."),
        Entry(
            "registry.query", 400, "The SQL statement failed; SQLite's words are in the message.",
            cause: "An unknown view or column, or a mistake in the statement.",
            next: "See the views, each with an example: hftml registry schema"),
        Entry(
            "registry.query-limit", 400, "The query took longer, or gave more rows, than allowed.",
            cause: "A recursive query without an end, a join without a condition, or a table that is large.",
            next: "Add a LIMIT, or raise the limit: hftml registry query SQL --timeout 300 --max-rows 1000000"),
        Entry(
            "registry.read-only", 400, "Only statements that read are run.",
            cause: "The statement begins with another word than SELECT, or would write.",
            next: "Use a SELECT; changes are made by commands: hftml registry query \"SELECT * FROM runs\""),
        Entry(
            "registry.tag", 400, "A tag has no key, or its key or value is too long.",
            cause: "Other tools accept 250 and 8,000 characters at most.",
            next: "Shorten it: hftml models tag NAME/VERSION key=value"),
    ]
}
