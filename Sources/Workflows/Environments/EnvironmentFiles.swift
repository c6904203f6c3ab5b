import Basics
import Deployment
import ModelBundles

/// Where the documents of one environment lie, and which of them counts:
///
///     environment.yaml        what people write and review; by itself it is worth nothing
///     authority.json          the signed document
///     authority.next.json     one that root keys have still to sign
///     authority/COUNTER.json  every document that was complete once
struct EnvironmentFiles: Sendable {
    /// As the record calls the environment: see ``Session/environmentName(_:)``.
    let name: String
    /// What the trading host has there.
    let host: DeploymentDirectory

    /// What people call what runs there: the environment's name; for a further host, whose directory lies elsewhere,
    /// with that one's name behind it.
    var alias: String {
        name.contains("/") ? EnvironmentFiles.alias(host.name, in: host.directory) : host.name
    }

    static func alias(_ environment: String, in directory: String) -> String {
        let place = Paths.name(directory).map { $0.isASCII && ($0.isLetter || $0.isNumber) ? $0 : "-" }
        return "\(environment)-\(String(place).lowercased())"
    }

    /// Id of the key of the host whose things lie here: of the key itself, or, where the host is another account, of
    /// the public one that it lays out; nil where there is neither.
    var hostID: String? { host.hostID }

    /// The host that an order is for. A document with one host means that one.
    ///
    /// - Returns: nil where nobody can tell, which is said: whichever host gets the order takes it then.
    func orderedHost(_ document: EnvironmentAuthority, at time: Nanoseconds, session: Session) -> String? {
        if let hostID { return hostID }
        let hosts = document.keys(for: EnvironmentAuthority.Role.host, at: time).map(\.id)
        if hosts.count == 1 { return hosts[0] }
        session.caller.conversation.say(
            "the order names no host: '\(name)' has \(hosts.count), and none has laid its public key out here yet; "
                + "let the host look once: hftml-runtime accept \(host.directory)")
        return nil
    }

    var source: String { "\(host.directory)/environment.yaml" }
    var unfinished: String { "\(host.directory)/authority.next.json" }
    var kept: String { "\(host.directory)/authority" }
    func kept(_ counter: Int) -> String { "\(kept)/\(counter).json" }
    func delivered(_ counter: Int) -> String { "\(host.inbox)/\(counter).authority.json" }

    /// - Parameter typed: a name under `Registry/environments`, or a path.
    /// - Throws: ``Failure`` with code `promote.no-environment`, ``ConfigError``.
    init(_ typed: String, session: Session) throws {
        name = session.environmentName(typed)
        let directory = session.environmentPath(name)
        guard Paths.isDirectory(directory) else { throw try session.unknownEnvironment(name) }
        guard Paths.exists("\(directory)/runtime.json") else {
            throw Failure(
                "promote.no-environment", "found no runtime.json in the environment '\(name)' at '\(directory)'",
                hint: EnvironmentFiles.wayBack(name, directory), exitStatus: .usage)
        }
        host = try DeploymentDirectory(directory, over: session.environmentWay(typed))
    }

    /// As ``init(_:session:)``; nil for a directory that is no environment yet, since nobody has made it one.
    static func made(_ name: String, session: Session) throws -> EnvironmentFiles? {
        guard Paths.exists("\(session.environmentPath(name))/runtime.json") else { return nil }
        return try EnvironmentFiles(name, session: session)
    }

    /// The newest document that the root keys have signed; whether it is expired is the caller's question.
    ///
    /// It is followed from the pin, where the host's things lie here, or from the first document on.
    ///
    /// - Parameter gap: what to do where an earlier one is missing; what makes safe goes on without it.
    /// - Throws: ``Failure`` with a code `authority.…`.
    func newest(at time: Nanoseconds, gap: (Failure) throws -> Void = { throw $0 }) throws -> AuthorityEnvelope {
        guard let newest = try inForce(at: time, gap: gap) else { throw missing }
        return newest
    }

    /// As ``newest(at:)``; nil where nothing was signed yet.
    ///
    /// - Throws: as ``newest(at:)``; with code `authority.gone` where the host that lies here has accepted a document.
    func inForce(at time: Nanoseconds, gap: (Failure) throws -> Void = { throw $0 }) throws -> AuthorityEnvelope? {
        let chain = try chain()
        guard !chain.isEmpty else {
            guard Paths.exists(host.acceptedAuthority) else { return nil }
            throw DocumentsOnRecord.gone(name, "its host has accepted one")
        }
        return try followed(chain, at: time, gap: gap)
    }

    /// As ``newest(at:)``, for what makes safe: a document that cannot be read, is gone, or does not follow from the
    /// others, is told and passed over, whatever its number. The host follows its own pin and its own documents.
    ///
    /// - Throws: as ``newest(at:)``.
    func newestToRollBack(at time: Nanoseconds, session: Session) throws -> AuthorityEnvelope {
        let say = session.caller.conversation.say
        let paths =
            Paths.isDirectory(kept)
            ? try Paths.entries(kept, isLenient: true).filter { $0.hasSuffix(".json") }.map { "\(kept)/\($0)" } : []
        var chain: [AuthorityEnvelope] = []
        for path in paths + [host.authorityFile] where Paths.exists(path) {
            do { chain.append(try read(path)) } catch let error as any UserFacingError {
                say("\(error.message); passed over for a rollback")
            }
        }
        goByHost(&chain, say)
        // What does not follow from the pin is nobody's document, whatever its number: anybody may have put it there.
        let believed = DocumentTrail.followed(chain, pin: try pin(chain))
        for link in chain where !believed.isEmpty && !believed.contains(link.authority) {
            say(
                "found document \(link.authority.counter) of '\(name)', which does not follow from those before it; "
                    + "passed over for a rollback")
        }
        let links = believed.isEmpty ? chain : chain.filter { believed.contains($0.authority) }
        if let gap = missingLink(chain, try pin(chain)) { say("\(gap.message); the rollback goes on without it") }
        let newest = try AuthorityEnvelope.newest(links, pin: pin(links), accepted: nil, at: time)
        // What none of its root keys signed is nothing that the host could have accepted.
        if accepted != nil { try requireNotBehind(newest) }
        return newest
    }

    /// The host takes orders by the document that it has accepted: one of before, or another of that number, which
    /// somebody laid here, is passed over.
    private func goByHost(_ chain: inout [AuthorityEnvelope], _ say: (String) -> Void) {
        guard let accepted else { return }
        let number = accepted.authority.counter
        let isOther = chain.contains { $0.authority.counter == number && $0.digest != accepted.digest }
        chain.removeAll { $0.authority.counter == number && $0.digest != accepted.digest }
        guard !chain.contains(where: { $0.digest == accepted.digest }) else { return }
        let newest = chain.map(\.authority.counter).max() ?? 0
        if isOther || newest < number {
            let found = isOther ? "another document \(number)" : "document \(newest)"
            say(
                "found \(found) of '\(name)' here, and its host has accepted "
                    + (isOther ? "one of its own" : "document \(number)") + ": the rollback goes by the host's")
        }
        chain.append(accepted)
    }

    /// The root keys that documents are followed from: the pin, where the host's things lie here, or those of the first
    /// document.
    private func pin(_ chain: [AuthorityEnvelope]) throws -> RootPin {
        guard let first = first(chain) else { throw missing }
        return RootPin(
            environment: host.name,
            root: Paths.exists(host.rootFile) ? try RootPin.read(host.rootFile).root : first.authority.root)
    }

    /// The document that others are followed from where nothing is pinned; nil where there is none. Anybody may lay one
    /// of their own among those that are kept, under the lowest number: the document in force says what it follows
    /// from.
    func first(_ chain: [AuthorityEnvelope]) -> AuthorityEnvelope? {
        let sorted = chain.sorted { $0.authority.counter < $1.authority.counter }
        guard let current = try? read(host.authorityFile).authority, sorted.count > 1 else { return sorted.first }
        return sorted.first { link in
            let pin = RootPin(environment: host.name, root: link.authority.root)
            return DocumentTrail.followed(chain, pin: pin).contains(current)
        } ?? sorted.first
    }

    /// The newest of some documents, followed from the pin, or from the first of them.
    private func followed(
        _ chain: [AuthorityEnvelope], at time: Nanoseconds, gap: (Failure) throws -> Void
    ) throws -> AuthorityEnvelope {
        let pin = try pin(chain)
        if let missing = missingLink(chain, pin) { try gap(missing) }
        let newest = try AuthorityEnvelope.newest(chain, pin: pin, accepted: nil, at: time)
        try requireNotBehind(newest)
        return newest
    }

    /// Documents are numbered without gaps. One that was taken away named people and keys whose word stands: a
    /// rejection, a refusal, a receipt. What no root key has signed is no document, and its number says nothing.
    private func missingLink(_ chain: [AuthorityEnvelope], _ pin: RootPin) -> Failure? {
        let followed = DocumentTrail.followed(chain, pin: pin).map(\.counter)
        // Those after a document that is gone may be signed by root keys that it named.
        let signed = chain.filter { link in
            let root = link.authority.root
            return link.authority.name == host.name
                && root.persons(signing: link.envelope, at: link.authority.createdAt).count >= root.threshold
        }.map(\.authority.counter)
        let numbers = Set(followed + signed), newest = numbers.max() ?? 0
        guard let missing = (1...max(1, newest)).first(where: { !numbers.contains($0) }) else { return nil }
        // One that no key we know of has signed is another's, or stands on one that is gone.
        if !followed.contains(newest), let root = chain.first(where: { $0.authority.counter == newest })?.authority.root
        {
            let keys = root.keys.map { "\($0.name) (\($0.id))" }.joined(separator: ", ")
            return Failure(
                "authority.gone",
                "found document \(newest) of the environment '\(name)', signed by root keys of its own alone "
                    + "(\(keys)), and not document \(missing), which would have to name them",
                hint: name.contains("/")
                    ? "bring the environment's documents there: hftml environments deliver \(host.name) --to \(name); "
                        + "where document \(newest) is nobody's: mv '\(kept(newest))' '\(kept(newest)).aside'"
                    : "where it was there once: git checkout -- '\(kept(missing))'; where document \(newest) is "
                        + "nobody's: git rm --cached --ignore-unmatch '\(kept(newest))' && mv '\(kept(newest))' "
                        + "'\(kept(newest)).aside'",
                exitStatus: .refused)
        }
        return Failure(
            "authority.gone",
            "found document \(newest) of the environment '\(name)' and not document \(missing), whose people and keys "
                + "said what still stands",
            hint: name.contains("/")
                ? "bring the environment's documents there: hftml environments deliver \(host.name) --to \(name)"
                : "bring it back: git checkout -- '\(kept(missing))'", exitStatus: .refused)
    }

    /// Every document that lies here.
    func chain() throws -> [AuthorityEnvelope] {
        let earlier =
            Paths.isDirectory(kept)
            ? try Paths.entries(kept).filter { $0.hasSuffix(".json") }.map { try read("\(kept)/\($0)") } : []
        return earlier + (Paths.exists(host.authorityFile) ? [try read(host.authorityFile)] : [])
    }

    /// Every document that lies here and can be read.
    var readable: [AuthorityEnvelope] {
        let paths = Paths.isDirectory(kept) ? ((try? Paths.entries(kept)) ?? []).map { "\(kept)/\($0)" } : []
        return (paths + [host.authorityFile]).filter(Paths.exists).compactMap { try? read($0) }
    }

    /// Says whom this machine believes where nobody pinned root keys here. What goes into force is the host's own
    /// pin's question; what is judged and signed here rests on this one.
    func tellUnpinned(session: Session) {
        guard !Paths.exists(host.rootFile), let first = first(readable) else { return }
        let pin = RootPin(environment: host.name, root: first.authority.root)
        session.caller.conversation.say(
            "nobody has pinned the root keys of '\(name)' here: believing those of document "
                + "\(first.authority.counter), \(pin.fingerprint); compare with their owners, then: hftml environments "
                + "pin \(name)")
    }

    /// What the host has accepted is never taken back: somebody put an older document here.
    private func requireNotBehind(_ newest: AuthorityEnvelope) throws {
        guard Paths.exists(host.acceptedAuthority) else { return }
        let accepted = try read(host.acceptedAuthority)
        guard accepted.authority.counter >= newest.authority.counter, accepted.digest != newest.digest else { return }
        let isOther = accepted.authority.counter == newest.authority.counter
        throw Failure(
            "authority.older",
            "found document \(newest.authority.counter) of '\(name)', and its host has accepted "
                + (isOther ? "another of that number" : "document \(accepted.authority.counter)"),
            hint: "fetch the newest one: git pull; "
                + (FinishSigning.isSigned(accepted, self)
                    ? "or take the host's: cp '\(host.acceptedAuthority)' '\(host.authorityFile)'"
                    : "where nobody of you signed the host's, \(StrayedHost.way(host))"),
            exitStatus: .refused)
    }

    /// A document is some kilobytes; what is larger, or no regular file, is none.
    private static let mostBytes = 1 << 20

    /// - Throws: ``Failure`` that names the file.
    func read(_ path: String) throws -> AuthorityEnvelope {
        do {
            return try AuthorityEnvelope(
                String(decoding: try SmallFile.bytes(path, most: EnvironmentFiles.mostBytes), as: UTF8.self))
        } catch let error as any UserFacingError
            where !(error is FileError)
        {
            throw Failure(
                "authority.unreadable", "found no document of an environment in '\(path)': \(error.message)",
                hint: hint(unreadable: path))
        }
    }

    /// Signing the next document needs all before it, so only the file itself helps.
    private func hint(unreadable path: String) -> String {
        switch path {
        case unfinished:
            EnvironmentFiles.hasConflictMarks(path)
                ? "Git could not merge it; take the side that more have signed, then sign: git checkout --theirs -- "
                    + "'\(path)', or --ours; where environment.yaml says something else, both sign again"
                : "nothing in it counts yet; remove it, and sign again: rm '\(path)'"
        case host.acceptedAuthority: "bring it back from a backup of the host"
        default: "bring it back: git checkout -- '\(path)'; a file that is no document has no place there"
        }
    }

    private static func hasConflictMarks(_ path: String) -> Bool {
        guard let bytes = try? SmallFile.bytes(path, most: mostBytes) else { return false }
        return String(decoding: bytes, as: UTF8.self).textLines().contains(where: ConflictMarks.isMark)
    }

    /// Persons who signed, of those whose signature counts for the document itself.
    static func signers(_ document: AuthorityEnvelope) -> [String] {
        document.authority.root.persons(signing: document.envelope, at: document.authority.createdAt).sorted()
    }
}
