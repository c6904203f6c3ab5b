import Basics
import Deployment

/// What is told of a host that does not have what the record has, and what to do.
extension HostStanding {
    /// So many copies stand in one line; the rest is named once those are made.
    private static let mostCopies = 20

    /// For people; nil where there is nothing to tell.
    ///
    /// - Parameter unwanted: why nobody is to put back what the record has, see ``UnwantedRecord``; nil where nothing
    ///   speaks against it.
    func problem(_ files: EnvironmentFiles, newest: Receipt, unwanted: String? = nil) -> Failure? {
        let record = "revision \(newest.counter ?? 0)" + (newest.reference.map { " (\($0))" } ?? "")
        let host = "the host of '\(files.name)'"
        let wanted = HostStanding.promote(files, newest, unwanted)
        func failure(_ message: String, hint: String, code: String = "host.behind") -> Failure {
            Failure(code, message, hint: hint, exitStatus: .refused)
        }
        func older(_ found: String, _ other: String = "", first: String = "") -> Failure {
            let back =
                "put in force again what the record has: hftml rollback \(files.name) --reason TEXT --key KEY; where "
                + "the host does not know it any more: \(wanted)"
            return failure(
                "found \(found), and \(record) on record: it came back from an older copy\(other)",
                hint: first + (unwanted == nil ? back : wanted))
        }
        switch self {
        case .asRecorded: return nil
        case .behind(nil):
            return failure(
                "found nothing in force at \(host), and \(record) on record: it lost what it had, or is a new one",
                hint: unwanted == nil ? "promote what the record has, or another version: \(wanted)" : wanted)
        case .behind(let terms?):
            return older("revision \(terms.counter) (\(terms.reference)) in force at \(host)")
        case .reports(let counter, let time):
            return older(
                "revision \(counter) in force at \(host) by its health report of \(TimeText.utc(time))",
                ", or its loop could not take up what is in force",
                first: "see what is in force there: hftml-runtime status DIRECTORY; where that is what the record has, "
                    + "start the loop anew, which reports it: hftml-runtime replay DIRECTORY DATA; else ")
        case .forgetful(let copies):
            let found =
                HostStanding.isGone(files.host.current)
                ? "found neither something in force nor a memory at \(host), beside receipts of its own, and \(record) "
                    + "on record"
                : "found \(record) in force at \(host), and no memory of it"
            return failure(
                "\(found): it takes nothing like this",
                hint: "put its memory together, as its account: \(HostStanding.together(copies, files))")
        case .recovered:
            return failure(
                "found nothing in force at \(host), its memory put together again, and \(record) on record",
                hint: "let the host look, which puts it back: hftml-runtime accept \(files.host.directory)")
        case .foreign:
            return failure(
                "found a file in force at \(host) that no key of the environment has signed, and \(record) on record",
                hint: "let the host look, which puts its own back: hftml-runtime accept \(files.host.directory)",
                code: "host.foreign")
        case .forked(_, let back):
            let earlier = back.map {
                "go back to what both have: hftml rollback \(files.name) --to \($0) --reason TEXT --key KEY; or "
            }
            return failure(
                "found another bundle in force at \(host) than \(record) on record, under the same number",
                hint: "see what runs there: hftml-runtime status \(files.host.directory); then \(earlier ?? "")"
                    + (unwanted == nil ? "put in force what the record has: \(wanted)" : wanted), code: "host.forked")
        }
    }

    /// The command that puts in force what the record has, or, where somebody wants that out, another version.
    private static func promote(_ files: EnvironmentFiles, _ newest: Receipt, _ unwanted: String?) -> String {
        let reference = newest.reference ?? "NAME/VERSION"
        guard let unwanted else { return "hftml promote \(reference) --to \(files.name) …" }
        return "promote another version than \(newest.reference ?? "that"), judged for '\(files.name)' (\(unwanted)): "
            + "hftml promote NAME/VERSION --to \(files.name) …"
    }

    /// The commands that bring a host's bundles back and put its memory together from them.
    private static func together(_ copies: [Copy], _ files: EnvironmentFiles) -> String {
        let now = copies.prefix(mostCopies).map { "cp '\($0.from)' '\($0.to)' && " }.joined()
        let first = copies.isEmpty ? "" : "mkdir -p '\(files.host.history)' && \(now)"
        guard copies.count > mostCopies else { return "\(first)hftml-runtime recover \(files.host.directory)" }
        // Recovered now, it would have holes where the rest belongs.
        return "\(first)hftml inbox; it names the next of \(copies.count) copies, and last what puts them together"
    }
}
