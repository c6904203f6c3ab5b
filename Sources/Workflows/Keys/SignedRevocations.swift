import Basics
import Deployment
import ModelBundles
import Registry

/// Who stands behind revocations, as the log and the files that travel through Git have it:
///
///     Registry/revocations/KEYID.jsonl    an envelope a line
///
/// Any other text there says nothing: it takes no key back, and gives none back.
struct SignedRevocations: Sendable {
    let said: [KeyRevocation.Said]
    /// Whom the log has as having entered a revocation first.
    private let entered: [String: String]
    private let all: [String: PublicKey.Revocation]

    init(_ session: Session) throws { try self.init(session, entered: try ManageKeys.revocations(session)) }

    /// - Parameter all: revocations that were entered, signed or not.
    init(_ session: Session, entered all: [String: PublicKey.Revocation]) throws {
        let entries = try session.registry().auditEntries(actionPrefix: "key.revoke")
        var entered: [String: String] = [:], said: [KeyRevocation.Said] = []
        let now = session.clock.now()
        for entry in entries {
            let detail = try? JSONParser.parse(entry.detail)
            if let id = detail?[key: "keyID"]?.stringValue, entered[id] == nil { entered[id] = entry.actor }
            guard let text = detail?[key: "statement"]?.stringValue, let envelope = try? Envelope(text) else {
                continue
            }
            said += [KeyRevocation.Said(envelope, entry: (entry.sequence, entry.time), now: now)].compactMap(\.self)
        }
        // What the log has counts from when it took it up.
        let known = Set(said.map(\.envelope.text))
        said += SignedRevocations.lines(session).compactMap { try? Envelope($0) }.filter { !known.contains($0.text) }
            .compactMap { KeyRevocation.Said($0, entry: nil, now: now) }
        self.said = said
        self.entered = entered
        self.all = all
    }

    private static func directory(_ session: Session) -> String { "\(session.root)/Registry/revocations" }

    /// More than any honest file of a key; keeps what a hostile one costs small.
    private static let mostBytes = 1 << 20

    private static func lines(_ session: Session) -> [String] {
        let directory = directory(session)
        let names = Paths.isDirectory(directory) ? ((try? Paths.entries(directory)) ?? []) : []
        return names.filter { $0.hasSuffix(".jsonl") }.flatMap { name -> [String] in
            guard let bytes = try? SmallFile.bytes("\(directory)/\(name)", most: mostBytes) else { return [] }
            return String(decoding: bytes, as: UTF8.self).textLines().map(String.init)
        }
    }

    /// The file that other clones learn of a revocation from; nil where nobody has signed one.
    static func tracked(keyID: String, session: Session) -> String? {
        let path = "\(directory(session))/\(keyID).jsonl"
        return Paths.exists(path) ? path : nil
    }

    /// Puts a signed statement where other clones learn of it.
    static func track(_ statement: Envelope, keyID: String, session: Session) throws {
        let path = "\(directory(session))/\(keyID).jsonl"
        var text = Paths.exists(path) ? String(decoding: try SmallFile.bytes(path, most: mostBytes), as: UTF8.self) : ""
        if !text.isEmpty, !text.hasSuffix("\n") { text += "\n" }
        try AtomicFile.write(text + statement.text + "\n", to: path)
    }

    /// Whether a key has signed that another, or itself, counts no more.
    func hasSigned(_ signer: PublicKey, about keyID: String) -> Bool {
        said.contains { $0.statement.keyID == keyID && !$0.envelope.signers(among: [signer]).isEmpty }
    }

    /// Whether those who may stand behind it: the key itself, or as many root keys as sign a document.
    func end(_ key: PublicKey, root: RootKeys) -> Bool {
        !KeyRevocation.end(key, said: said, root: root).isEmpty
    }

    /// Of a root key, for the documents that these root keys sign: as a signed document has it, or as those said who
    /// may. Whoever writes the registry, or a file, ends no root key, since nobody could then sign what mends it.
    func revocation(of key: PublicKey, root: RootKeys) -> PublicKey.Revocation? {
        if let told = root.keys.first(where: { $0.id == key.id })?.revoked { return told }
        // The signed text: it travels, and says the same in every clone that draws a document up.
        let signed = KeyRevocation.end(key, said: said, root: root).map { ($0.envelope.payloadDigest, $0.statement) }
        let first = signed.min { ($0.1.signedAt, $0.0) < ($1.1.signedAt, $1.0) }?.1
        return first.map { PublicKey.Revocation(at: $0.signedAt, reason: $0.reason) }
    }

    /// A revocation of a root key that ends nothing there, in words; nil where there is none.
    func idle(_ key: PublicKey, root: RootKeys) -> String? {
        guard let told = all[key.id], revocation(of: key, root: root) == nil else { return nil }
        let who = entered[key.id].map { " by \($0)" } ?? " in a file"
        return "the root key '\(key.name)' (\(key.id)) was entered as revoked at \(TimeText.seconds(told.at))\(who)"
            + (told.reason.isEmpty ? "" : " (\(told.reason))")
            + ", which neither that key nor \(root.threshold) of the root keys signed: it stops no signature here"
    }

    /// Those of some keys that signed a revocation of one; empty where nobody did.
    func signers(about keyID: String, among keys: [PublicKey]) -> [String] {
        Set(said.filter { $0.statement.keyID == keyID }.flatMap { $0.envelope.signers(among: keys) }.map(\.name))
            .sorted()
    }
}
