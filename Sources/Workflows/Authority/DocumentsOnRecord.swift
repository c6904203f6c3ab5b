import Basics
import Deployment
import ModelBundles
import Registry

/// Environments whose documents were in force once, as the audit log has it: where they are not there any more, they
/// were taken away, and the project's own keys do not stand in for those that they named.
struct DocumentsOnRecord: Sendable {
    /// Digests of the policies that complete documents asked for, by environment; an empty one where it is not told.
    /// All: the last entry is the word of whoever writes the log.
    private var policies: [String: Set<String>] = [:]

    struct Completed: Sendable {
        /// Of the log's entry.
        var sequence: Int
        /// SHA-256 of the document.
        let digest: String
        /// The document as it was signed; nil in entries of before it was kept.
        let envelope: String?
        /// Whether it took the place of one that nobody had any more.
        let isLost: Bool
        /// Who signed last.
        let signer: String
    }

    /// Every entry that completed a document, in order, by environment.
    private(set) var entries: [String: [(counter: Int, entry: Completed)]] = [:]
    /// SHA-256 of documents that were begun in the place of lost ones, and wait for further signatures.
    private var begunAnew: Set<String> = []
    /// Every signature that completed no document, in order, by environment.
    private(set) var begun: [String: [Begun]] = [:]

    /// The number of the newest entry of the log about each environment's documents, whatever it says.
    private(set) var newest: [String: Int] = [:]

    /// Signed statements that keys count no more.
    let said: [KeyRevocation.Said]

    init(_ registry: RegistryDatabase) throws {
        let now = registry.now()
        said = try registry.auditEntries(actionPrefix: "key.revoke").compactMap { entry in
            let text = (try? JSONParser.parse(entry.detail))?[key: "statement"]?.stringValue
            return text.flatMap { try? Envelope($0) }.flatMap {
                KeyRevocation.Said($0, entry: (entry.sequence, entry.time), now: now)
            }
        }
        for entry in try registry.auditEntries(actionPrefix: "environment.sign") {
            guard case .environment(let name)? = AuditSubject(entry.subject, action: entry.action) else { continue }
            if entry.action == "environment.sign" { newest[name] = entry.sequence }
            guard let detail = try? JSONParser.parse(entry.detail) else { continue }
            let isLost = detail[key: "lost"]?.boolValue == true
            // Every program told it: an entry without one is nobody's document.
            guard let digest = detail[key: "document"]?.stringValue else { continue }
            guard let counter = detail[key: "counter"]?.intValue else { continue }
            let signer = detail[key: "signer"]?.stringValue ?? "somebody"
            guard detail[key: "complete"]?.boolValue != false else {
                if isLost { begunAnew.insert(digest) }
                begun[name, default: []].append(
                    Begun(
                        sequence: entry.sequence, counter: counter, digest: digest, signer: signer,
                        keyID: detail[key: "keyID"]?.stringValue ?? ""))
                continue
            }
            policies[name, default: []].insert(detail[key: "policy"]?.stringValue ?? "")
            entries[name, default: []].append(
                (
                    counter,
                    Completed(
                        sequence: entry.sequence, digest: digest, envelope: detail[key: "envelope"]?.stringValue,
                        isLost: isLost, signer: signer)
                ))
        }
    }

    /// Whether a document was begun in the place of one that nobody has any more.
    func isBegunAnew(_ digest: String) -> Bool { begunAnew.contains(digest) }

    /// - Throws: ``Failure`` with code `authority.gone` for an environment without documents that had some.
    func requireNone(_ name: String) throws {
        guard policies[name] != nil else { return }
        throw DocumentsOnRecord.gone(name, "the audit log has one that was complete")
    }

    /// A clone that is behind, or whose newest documents were taken away, names people and keys of before; a further
    /// host has what was brought to it, and a freeze is no freeze where nobody carried it.
    ///
    /// - Throws: ``Failure`` with code `authority.gone` where a later document was complete once.
    func requireNewest(_ document: Int, of files: EnvironmentFiles) throws {
        let name = files.host.name, own = own(files)
        guard let highest = own.keys.max(), highest > document else { return }
        guard files.name == name else {
            throw Failure(
                "authority.gone",
                "found document \(document) of '\(name)' at the host in '\(files.name)', and the audit log has "
                    + "document \(highest) of it",
                hint: "where it is not here either, git pull; then bring it there: hftml environments deliver "
                    + "\(Inbox.word(name)) --to \(Inbox.word(files.name))",
                exitStatus: .refused)
        }
        let isCutOff =
            (try? files.read(files.unfinished)).map {
                $0.digest == own[highest]?.digest && FinishSigning.isSigned($0, files)
            } ?? false
        let back = "hftml environments sign \(name) --as KEY --lost"
        throw Failure(
            "authority.gone",
            "found \(document == 0 ? "no document" : "document \(document)") of the environment"
                + " '\(name)', and the audit log has document \(highest) of it"
                + (isCutOff
                    ? ", whose signing was cut off" : ", signed last by '\(own[highest]?.signer ?? "somebody")'"),
            hint: isCutOff
                ? "put it in its places, then sign what is new or decline: hftml environments sign \(name) --as KEY"
                : "bring it back: git pull; or, where it was removed here: git checkout -- Registry/environments/"
                    + "\(name)/authority Registry/environments/\(name)/authority.json; where nobody has it any more"
                    + (own[highest]?.envelope == nil
                        ? ", no host either: \(back)" : ", it is laid out again as the log has it: \(back)"),
            exitStatus: .refused)
    }

    // MARK: Whose

    /// Documents of the environment that lies here, and not of another that is called the same in another project with
    /// this registry, by their numbers; where none lies here, those of the name's owner. A host that is given by its
    /// directory has those of the environment that it serves.
    func own(_ files: EnvironmentFiles) -> [Int: Completed] {
        DocumentsHere(files, said: said).own(entries[files.host.name] ?? [])
    }

    /// One name in a registry is one environment: orders, aliases and what is in force go by it.
    ///
    /// - Parameter isDrawnUp: whether a document is about to be signed: without one here that would be another's.
    /// - Throws: ``Failure`` with code `authority.other-root` where the first document of that name is of others.
    func requireOwn(_ files: EnvironmentFiles, isDrawnUp: Bool = false) throws {
        let name = files.host.name, here = DocumentsHere(files, said: said), known = entries[name] ?? []
        guard let last = known.last, here.isEmpty ? isDrawnUp : !here.owns(known) else { return }
        throw Failure(
            "authority.other-root",
            "found document \(last.counter) of an environment '\(name)' on record, signed by "
                + "'\(last.entry.signer)' and others' root keys, and none of those that lie here: "
                + "another project with this registry has one of that name, or this one was made anew",
            hint: "give it another name: hftml environments init NAME --policy POLICY; or a registry of its own",
            exitStatus: .refused)
    }

    /// Who was a root key once can make another document of a number that the log has, and lay it here or at a host.
    ///
    /// - Parameter isAskingHost: whether what the host has accepted counts, too: it may go on by the next document.
    /// - Throws: ``Failure`` with code `authority.fork` for one.
    func requireNoFork(_ files: EnvironmentFiles, isAskingHost: Bool = false) throws {
        let here = DocumentsHere(files, said: said)
        guard let fork = here.fork(entries[files.host.name] ?? []), isAskingHost || !fork.isAtHost else { return }
        let name = files.host.name, number = fork.counter, place = "Registry/environments/\(name)"
        let isElsewhere = fork.isAtHost || files.name != name
        throw Failure(
            "authority.fork",
            "found another document \(number) of '\(name)' "
                + (isElsewhere ? "at the host in '\(files.host.directory)'" : "here")
                + " than the one that the audit log has, which '\(fork.entry.signer)' signed",
            hint: isElsewhere
                ? "stop that host, and deliver the next document: hftml-runtime halt "
                    + "\(Inbox.word(files.host.directory)) --by PERSON --reason TEXT"
                : "ask the owners of the root keys which of them they signed: the log has \(fork.entry.digest), and "
                    + "here lies \(here.digest(number)); where it is the log's, take the others away, and lay it out: "
                    + "rm \(place)/authority.json"
                    + here.numbers(from: number).map { " \(place)/authority/\($0).json" }.joined()
                    + "; hftml environments sign \(name) --as KEY --lost",
            exitStatus: .refused)
    }

    /// Environments in this project's own place of whose directories nothing is left, with the policies that documents
    /// asked for.
    ///
    /// - Parameter present: those whose directories are there.
    func removed(_ present: [String]) -> [(name: String, policies: [String])] {
        policies.filter { !$0.key.contains("/") && !present.contains($0.key) }.sorted { $0.key < $1.key }.map {
            ($0.key, $0.value.sorted())
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
