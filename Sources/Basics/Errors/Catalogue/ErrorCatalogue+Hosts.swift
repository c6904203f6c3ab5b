extension ErrorCatalogue {
    /// What hosts said and run, held against the record, and orders that wait for them.
    static let hosts: [Entry] = [
        Entry(
            "receipt.environment", 409, "A receipt lies in another environment than it is of.",
            cause: "A file was copied from one environment into another.",
            next: "Move it away: what happens elsewhere says nothing here."),
        Entry(
            "health.unsigned", 403, "A report of an environment's health was signed by none of its hosts.",
            cause: "It was written by hand, or by a runtime of before reports were signed.",
            next: "Let the host's runtime report again: `hftml-runtime replay ENVIRONMENT DATA`"),
        Entry(
            "receipt.order", 409, "Receipts of an environment's host run against their numbers.",
            cause: "The host came back from an older copy and took an old order again, or its clock was set back.",
            next: "See what runs there: hftml deployments list --environment ENVIRONMENT"),
        Entry(
            "receipt.missing", 409, "A host keeps a revision that came in force, and its receipt is not here.",
            cause: "The receipt was taken away, or the host was stopped before it wrote it.",
            next: "Let the host say what runs: hftml-runtime accept Registry/environments/ENVIRONMENT"),
        Entry(
            "deployment.rejected", 409, "What is in force, or on its way, was rejected since it was ordered.",
            cause: "Somebody whose word counts there said no after the promotion had begun.",
            next:
                "Take it out: hftml rollback ENVIRONMENT --reason TEXT --key KEY; or back: hftml deployments withdraw "
                + "ENVIRONMENT; where nothing is left to go back to, stop trading: hftml-runtime halt DIRECTORY --by "
                + "PERSON --reason TEXT; and promote another version"),
        Entry(
            "host.behind", 409, "A host has something older in force than the record, or nothing.",
            cause: "The host came back from an older copy, a snapshot or a backup, or its directory was lost.",
            next:
                "Put in force again what the record has: hftml rollback ENVIRONMENT --reason TEXT --key KEY; where the "
                + "host does not know it any more, promote that version again; where its memory is put together again, "
                + "let it look: hftml-runtime accept DIRECTORY"),
        Entry(
            "host.foreign", 409, "What lies in force at a host was signed by no key of its environment.",
            cause: "The file was damaged, or somebody wrote another one there. A host trades by no such file.",
            next: "Let the host look, which puts its own back: hftml-runtime accept DIRECTORY"),
        Entry(
            "host.forked", 409, "A host put two bundles in force under one number.",
            cause: "It came back from an older copy, and somebody rolled back there, or gave orders to the copy.",
            next: "See what runs there: hftml-runtime status DIRECTORY; then go back to a revision that both have: "
                + "hftml rollback ENVIRONMENT --to N --reason TEXT --key KEY; or promote what the record has in force"),
        Entry(
            "host.unseen", 409, "A host that the record knows of is not seen from this machine.",
            cause:
                "Its directory lies on another machine, in another clone, or is gone. Whether it runs what the record "
                + "says, only its receipts tell here.",
            next: "Look where the host is: hftml-runtime status DIRECTORY"),
        Entry(
            "host.rollback-forgotten", 409, "A host went back to what an earlier rollback had taken out.",
            cause: "Its memory of that rollback was lost, so that its own rollback took a way that had been left.",
            next: "Go back further: hftml rollback ENVIRONMENT --to N --reason TEXT --key KEY; or judge it again, and "
                + "promote it by that"),
        Entry(
            "promote.rollback-waits", 409, "A rollback was ordered, and its host has not answered it.",
            cause: "The host is down, or the order was lost on its way. What is promoted now would rest on what the "
                + "rollback is to take out.",
            next: "Let the host look: `hftml-runtime accept DIRECTORY`; or order the rollback again; or take it back: "
                + "hftml deployments withdraw ENVIRONMENT"),
        Entry(
            "withdrawal.elsewhere", 409, "What is to be taken back was handed over to a host that is not here.",
            cause: "It was handed over in another clone of the project or on another machine, whose directory of the "
                + "environment the host looks into. A word that is left in this one never reaches it.",
            next: "Run the same command where the error says; where that machine is lost for good: "
                + "hftml deployments withdraw ENVIRONMENT --host-is-lost --reason TEXT"),
        Entry(
            "withdrawal.host-here", 409, "A host that is said to be lost lies here.",
            cause: "Its key or what it has in force is in the environment's directory of this machine. It is told by "
                + "a signed word, and answers it; nothing is ended without.",
            next: "Withdraw without --host-is-lost: hftml deployments withdraw ENVIRONMENT"),
        Entry(
            "receipt.withdrawn", 409, "What is in force was put there by a promotion that was taken back or refused.",
            cause: "Somebody kept the bundle and put it into the host's inbox, or trading was resumed with it.",
            next: "Take it out: hftml rollback ENVIRONMENT --reason TEXT --key KEY"),
        Entry(
            "receipt.format", 422, "A file in the outbox of an environment is not a receipt.",
            cause: "Another program wrote it, or it was cut.",
            next: "Move it away, and collect again: hftml deployments list"),
    ]
}
