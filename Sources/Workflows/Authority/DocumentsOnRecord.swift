import Basics
import Deployment
import Registry

/// Environments whose documents were in force once, as the audit log has it: where they are not there any more, they
/// were taken away, and the project's own keys do not stand in for those that they named.
struct DocumentsOnRecord: Sendable {
    /// The digest of the policy that the last complete document asked for, by environment; empty where it is not told.
    private var policies: [String: String] = [:]
    /// By environment and number of a document: what completed it.
    private(set) var completed: [String: [Int: Completed]] = [:]

    struct Completed: Sendable {
        /// Of the log's entry.
        let sequence: Int
        /// SHA-256 of the document; nil in entries of before it was told.
        let digest: String?
    }

    init(_ registry: RegistryDatabase) throws {
        for entry in try registry.auditEntries(actionPrefix: "environment.sign") {
            guard case .environment(let name)? = AuditSubject(entry.subject, action: entry.action),
                let detail = try? JSONParser.parse(entry.detail), detail[key: "complete"]?.boolValue != false
            else { continue }
            policies[name] = detail[key: "policy"]?.stringValue ?? ""
            guard let counter = detail[key: "counter"]?.intValue, completed[name]?[counter] == nil else { continue }
            completed[name, default: [:]][counter] = Completed(
                sequence: entry.sequence, digest: detail[key: "document"]?.stringValue)
        }
    }

    /// - Throws: ``Failure`` with code `authority.gone` for an environment without documents that had some.
    func requireNone(_ name: String) throws {
        guard policies[name] != nil else { return }
        throw DocumentsOnRecord.gone(name, "the audit log has one that was complete")
    }

    /// A clone that is behind, or whose newest documents were taken away, names people and keys of before.
    ///
    /// - Throws: ``Failure`` with code `authority.gone` where a later document was complete once.
    func requireNewest(_ document: Int, of files: EnvironmentFiles) throws {
        let name = files.name
        guard let highest = completed[name]?.keys.max(), highest > document else { return }
        let isCutOff =
            (try? files.read(files.unfinished)).map {
                $0.digest == completed[name]?[highest]?.digest && FinishSigning.isSigned($0, files)
            } ?? false
        throw Failure(
            "authority.gone",
            "found document \(document) of the environment '\(name)', and the audit log has document \(highest) of it"
                + (isCutOff ? ", whose signing was cut off" : ""),
            hint: isCutOff
                ? "put it in its places, then sign what is new or decline: hftml environments sign \(name) --as KEY"
                : "bring it back: git pull; or, where it was removed here: git checkout -- Registry/environments/"
                    + "\(name)/authority Registry/environments/\(name)/authority.json", exitStatus: .refused)
    }

    /// Environments in this project's own place of whose directories nothing is left, with the policy that the last
    /// document asked for.
    ///
    /// - Parameter present: those whose directories are there.
    func removed(_ present: [String]) -> [(name: String, policy: String)] {
        policies.filter { !$0.key.contains("/") && !present.contains($0.key) }.sorted { $0.key < $1.key }.map {
            ($0.key, $0.value)
        }
    }

    static func gone(_ name: String, _ trace: String) -> Failure {
        let place = "Registry/environments/\(name)"
        return Failure(
            "authority.gone", "found no signed document of the environment '\(name)', and \(trace)",
            hint: name.contains("/")
                ? "bring the environment's documents there: hftml environments deliver NAME --to \(name)"
                : "bring them back: git checkout -- \(place)/authority \(place)/authority.json",
            exitStatus: .refused)
    }
}
