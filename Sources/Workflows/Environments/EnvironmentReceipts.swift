import Basics
import Deployment
import ModelBundles
import Promotion
import Registry

/// What hosts said of an environment, from its files and from the record. Only what a host of the environment signed
/// proves anything.
struct EnvironmentReceipts: Sendable {
    /// Signed by a host of the environment, oldest first; each once.
    private(set) var proven: [Receipt] = []
    /// Signed by another host of the environment, of what it had in force: none of it is in force here. It lies among
    /// the files of this one, or lay in its directory before.
    private(set) var foreign: [Receipt] = []
    /// Read, and signed by nobody who counts.
    private(set) var unproven: [Receipt] = []
    /// Files that say nothing here, with the reason.
    private(set) var problems: [Failure] = []
    /// What lies in force at the host itself.
    private(set) var standing = HostStanding.asRecorded
    /// Why no host works here any more; nil where one does, or nobody can tell.
    private(set) var former: FormerPlace?
    private let hosts: HostKeys
    /// Ids of the keys that signed proven receipts, by what they say.
    private var signers: [String: String] = [:]
    /// Hosts that are in the document no more, of proven receipts, by what they say.
    private var removed: Set<String> = []
    /// Envelopes of proven receipts, by what they say.
    private var envelopes: [String: String] = [:]
    /// What receipts say that lie here as files.
    private var lying: Set<String> = []

    /// A receipt is a few hundred bytes; what is larger is none.
    private static let mostBytes = 1 << 20

    /// - Throws: ``FileError`` where the directory cannot be listed; a file there that is no receipt is a problem, not
    ///   an error.
    init(_ files: EnvironmentFiles, session: Session) throws {
        let hosts = files.hosts(), registry = try session.registry()
        self.hosts = hosts
        if Paths.isDirectory(files.host.receipts) {
            for name in try Paths.entries(files.host.receipts, isLenient: true) where name.hasSuffix(".json") {
                take(Paths.join(files.host.receipts, name), files, hosts)
            }
        }
        // What was recorded once does not vanish with its file.
        for record in try registry.deployments(environment: files.name) {
            guard let text = record.envelope,
                let found = try? hosts.read(Array(text.utf8), in: "the registry")
            else { continue }
            add(found, text: text, files)
        }
        try dropForeign(files, session)
        proven.sort { ($0.counter ?? 0, $0.time, $0.bundle) < ($1.counter ?? 0, $1.time, $1.bundle) }
        dropDatedBack()
        former = try FormerPlace(files, self, hosts, session: session)
        // What lies where no host works is in force nowhere.
        problems += try contradictions(files, session: session).filter {
            former == nil || $0.code != "receipt.withdrawn"
        }
        guard former == nil else { return }
        problems += [StrayedHost.problem(files, session: session)].compactMap(\.self)
        standing = HostStanding(files, self, DeployedBundles(files: files, session: session))
        let unwanted = standing.isBehind ? try UnwantedRecord.ordered(files, self, session: session) : nil
        if let newest = inForce.last, let problem = standing.problem(files, newest: newest, unwanted: unwanted) {
            problems.append(problem)
        }
    }

    /// What hosts signed and cannot all be as the record says: somebody brought an older copy of a host back, or put a
    /// bundle in force that was kept though its order was taken back.
    private func contradictions(_ files: EnvironmentFiles, session: Session) throws -> [Failure] {
        let registry = try session.registry()
        var found: [Failure] = []
        for (earlier, later) in zip(inForce, inForce.dropFirst())
        where later.time < earlier.time.saturatingMinus(Admission.clockTolerance)
            && !isDisowned(earlier, before: later, files, session)
        {
            found.append(
                Failure(
                    "receipt.order",
                    "found revision \(later.counter ?? 0) of '\(files.name)' in force at \(TimeText.utc(later.time)), "
                        + "before revision \(earlier.counter ?? 0) (\(TimeText.utc(earlier.time)))",
                    hint: "see what runs at the host: hftml-runtime status \(files.host.directory)"))
        }
        for (number, same) in Dictionary(grouping: inForce, by: { $0.counter ?? 0 }).sorted(by: { $0.key < $1.key })
        where Set(same.map(\.bundle)).count > 1 {
            found.append(
                Failure(
                    "host.forked",
                    "found \(Set(same.map(\.bundle)).count) bundles that hosts of '\(files.name)' put in force as "
                        + "revision \(number): one came back from an older copy",
                    hint: "see what runs at the host: hftml-runtime status \(files.host.directory)"))
        }
        if let last = inForce.last, let counter = last.counter, last.outcome == .rolledBack,
            // By its bundle: a host's own rollback may have taken the number.
            try WithdrawnRollbacks(files.name, session: session).all.contains(where: {
                $0.counter == counter && $0.bundle == last.bundle
            })
        {
            found.append(
                Failure(
                    "receipt.withdrawn",
                    "found revision \(counter) of '\(files.name)' in force by a rollback that was taken back",
                    hint: "promote what is to run: hftml promote NAME/VERSION --to \(files.name) …"))
        }
        let isHalted = halts.last.map { $0.to == nil } ?? false
        if let last = inForce.last, let promotion = try registry.promotion(of: last.bundle),
            promotion.state == .withdrawn || promotion.state == .refused && !isHalted
        {
            found.append(
                Failure(
                    "receipt.withdrawn",
                    "found revision \(last.counter ?? 0) of '\(files.name)' (\(promotion.reference)) in force, and its "
                        + "promotion \(promotion.state.rawValue)",
                    hint: "take it out: hftml rollback \(files.name) --reason TEXT --key KEY; or promote it again"))
        }
        return found
    }

    /// Whether a host's clock was ahead when it dated the earlier of two receipts: a document that root keys signed
    /// between the two orders says of a time before that receipt's that it was now.
    private func isDisowned(
        _ earlier: Receipt, before later: Receipt, _ files: EnvironmentFiles, _ session: Session
    ) -> Bool {
        let bundles = DeployedBundles(files: files, session: session)
        let numbers = Dictionary(
            files.readable.map { ($0.digest, $0.authority.counter) }, uniquingKeysWith: { first, _ in first })
        func document(_ receipt: Receipt) -> Int? {
            // Another bundle with the same manifest was ordered under another document.
            guard let bytes = try? bundles.bytes(receipt), Digest.sha256(bytes) == receipt.bundle else { return nil }
            return bundles.terms(bytes).flatMap { numbers[$0.authority] }
        }
        guard let then = document(earlier), let since = document(later) else { return false }
        return files.documents.contains { document in
            document.counter > then && document.counter <= since && document.createdAt <= later.time
                && document.createdAt < earlier.time.saturatingMinus(Admission.clockTolerance)
        }
    }

    private mutating func take(_ path: String, _ files: EnvironmentFiles, _ hosts: HostKeys) {
        do {
            let bytes = try SmallFile.bytes(path, most: EnvironmentReceipts.mostBytes)
            let found = try hosts.read(bytes, in: path)
            guard found.receipt.environment == files.host.name else {
                throw Failure(
                    "receipt.environment",
                    "found a receipt of the environment '\(found.receipt.environment)' in '\(path)', expected "
                        + "'\(files.host.name)'",
                    hint: "move it away: what happens elsewhere says nothing here")
            }
            lying.insert(key(found.receipt))
            add(found, text: String(decoding: bytes, as: UTF8.self), files)
        } catch let error as Failure {
            problems.append(error)
        } catch let error as FileError {
            problems.append(Failure("receipt.format", error.message, hint: error.hint))
        } catch {
            problems.append(Failure("receipt.format", "found no receipt in '\(path)'"))
        }
    }

    private mutating func add(_ found: Receipt.Found, text: String, _ files: EnvironmentFiles) {
        guard found.receipt.environment == files.host.name else { return }
        guard found.host != nil else {
            unproven.append(found.receipt)
            return
        }
        guard envelopes.updateValue(text, forKey: key(found.receipt)) == nil else { return }
        signers[key(found.receipt)] = found.host?.id
        if let host = found.host, hosts.wasOut(host.id, after: found.receipt.time) {
            removed.insert(key(found.receipt))
        }
        proven.append(found.receipt)
    }

    /// Several hosts may trade under one document; what one of them says is no answer for another. A key that the host
    /// had before speaks for what the host still keeps.
    private mutating func dropForeign(_ files: EnvironmentFiles, _ session: Session) throws {
        guard let own = files.hostID else { return }
        let bundles = DeployedBundles(files: files, session: session)
        let present = Set(hosts.present.map(\.id))
        let others = proven.filter { signers[key($0)].map { $0 != own } ?? false }
        guard !others.isEmpty else { return }
        let kept = Set(try bundles.kept().map(\.digest))
        foreign = others.filter { receipt in
            guard let signer = signers[key(receipt)], !kept.contains(receipt.bundle) else { return false }
            guard let bytes = try? bundles.bytes(receipt), Digest.sha256(bytes) == receipt.bundle,
                let wanted = bundles.terms(bytes)?.host
            else { return present.contains(signer) && present.contains(own) }
            return wanted != own && (wanted != signer || present.contains(signer) && present.contains(own))
        }
        // What the record alone has is nothing that anybody could move away.
        for receipt in foreign where lying.contains(key(receipt)) {
            problems.append(
                Failure(
                    "receipt.environment",
                    "found a receipt of the host \(signers[key(receipt)] ?? "") for the bundle "
                        + "\(receipt.bundle.prefix(12)), which was not ordered for the host that lies here, \(own)",
                    hint: "move it away: what happens at another host says nothing here"))
        }
        let dropped = foreign
        proven.removeAll { dropped.contains($0) }
    }

    /// A host that was taken out could date a receipt back: none of its counts whose number lies above one that came in
    /// force later, by a host that is still there.
    private mutating func dropDatedBack() {
        let standing = inForce.filter { !removed.contains(key($0)) }
        func isDatedBack(_ receipt: Receipt) -> Bool {
            removed.contains(key(receipt))
                && standing.contains { $0.time > receipt.time && $0.counter ?? 0 < receipt.counter ?? 0 }
        }
        let dropped = proven.filter(isDatedBack)
        (unproven, proven) = (unproven + dropped, proven.filter { !dropped.contains($0) })
    }

    private func key(_ receipt: Receipt) -> String { receipt.json.text(.canonical) }

    /// Id of the key of a host that signed a receipt; nil where none did.
    func signer(of receipt: Receipt) -> String? { signers[key(receipt)] }

    /// The text of a proven receipt; nil for any other.
    func envelope(of receipt: Receipt) -> String? { envelopes[key(receipt)] }

    /// Halts and resumes, oldest first.
    private var acts: [Receipt] { Receipt.acts(proven.map { ($0, signers[key($0)] ?? "") }) }

    /// When trading was halted, oldest first.
    var halts: [RevisionHistory.Halt] {
        var halts: [RevisionHistory.Halt] = []
        for receipt in acts {
            switch receipt.outcome {
            case .halted where halts.last.map { $0.to != nil } ?? true:
                halts.append(RevisionHistory.Halt(from: receipt.time))
            case .resumed where !halts.isEmpty && halts[halts.count - 1].to == nil:
                halts[halts.count - 1].to = receipt.time
            default: continue
            }
        }
        return halts
    }

    /// Deployments that came in force, oldest first.
    var inForce: [Receipt] { proven.filter { $0.outcome == .installed || $0.outcome == .rolledBack } }
}

extension EnvironmentFiles {
    /// Every document from the pin on whose root signatures hold, oldest first. A file that somebody put there names
    /// nobody: what does not follow from those before it is passed over.
    var documents: [EnvironmentAuthority] {
        let links = readable, first = first(links)
        // A pin that cannot be read is no reason to believe the first document instead.
        let pinned = Paths.exists(host.rootFile) ? try? RootPin.read(host.rootFile).root : first?.authority.root
        guard let pinned else { return [] }
        return DocumentTrail.followed(links, pin: RootPin(environment: host.name, root: pinned))
    }

    /// Keys that were named here with some role, each as the newest document has it.
    func knownKeys() -> [PublicKey] {
        var known: [String: PublicKey] = [:]
        for document in documents { for key in document.keys { known[key.id] = key } }
        return known.values.sorted { $0.id < $1.id }
    }

    /// Keys of the environment's hosts, also of earlier ones: what they signed then happened then.
    func hosts() -> HostKeys { HostKeys(documents) }
}
