package import Basics
package import ModelBundles
package import Registry

/// Signed heads of the audit log. The chain shows what was changed inside; a signed head shows what was cut off at its
/// end, and, kept outside the file, that the whole log was written anew.
package enum AuditHeads {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.audit-head+json"

    /// What a head says. Version 1 has no root; it is still read.
    package struct Payload: Sendable, Equatable {
        /// 1 or 2.
        package var schemaVersion: Int
        /// Number of the newest entry.
        package var sequence: Int
        /// Hash of that entry.
        package var hash: String
        /// Root of the ``MerkleTree`` over all entries up to this one; nil in version 1.
        package var root: String?
        /// When it was signed, UTC, as text.
        package var signedAt: String

        /// Reads a payload.
        ///
        /// - Throws: ``Failure`` with code `audit.head`.
        package init(_ text: String) throws {
            guard let node = try? JSONParser.parse(text, file: "audit head"),
                let version = node[key: "schemaVersion"]?.intValue, (1...2).contains(version),
                let sequence = node[key: "sequence"]?.intValue, sequence > 0,
                let hash = node[key: "hash"]?.stringValue, let signedAt = node[key: "signedAt"]?.stringValue,
                version == 1 || node[key: "root"]?.stringValue != nil
            else { throw Failure("audit.head", "found no audit head") }
            (self.schemaVersion, self.sequence, self.hash, self.signedAt) = (version, sequence, hash, signedAt)
            root = node[key: "root"]?.stringValue
        }

        init(sequence: Int, hash: String, root: String, signedAt: Nanoseconds) {
            (schemaVersion, self.sequence, self.hash, self.root) = (2, sequence, hash, root)
            self.signedAt = TimeText.utc(signedAt)
        }

        var text: String {
            JSONValue.map([
                "schemaVersion": .int(2), "sequence": .int(sequence), "hash": .string(hash), "root": .string(root),
                "signedAt": .string(signedAt),
            ]).text(.compact)
        }
    }

    /// Whose heads count.
    package struct Keys: Sendable, Equatable {
        /// May sign heads of the log: their role says so, or there is no environment that could give one.
        package var log: [PublicKey]
        /// Might once; the heads that they signed are still compared, and cover nothing any more.
        package var former: [PublicKey]
        /// Known otherwise; only their heads of version 1 are compared.
        package var others: [PublicKey]
        /// By key, the entry of the log that revokes it, where no signed document says so yet. Whoever may write the
        /// registry can write such an entry: it ends what the key signs from then on, and takes nothing back.
        package var revokedHere: [String: Int]
        /// Whether an environment has a document: then only keys that documents give the role say anything of the log,
        /// and none that a file names, which anybody could lay there.
        package var hasDocuments = false
        /// SHA-256 of heads that root keys have given up, what they tell of being lost, with when they last did, by the
        /// log's time. See ``LossStatement``.
        package var lost: [String: Nanoseconds] = [:]

        /// Keys as given.
        package init(
            log: [PublicKey], former: [PublicKey] = [], others: [PublicKey] = [], revokedHere: [String: Int] = [:]
        ) {
            (self.log, self.former, self.others, self.revokedHere) = (log, former, others, revokedHere)
        }

        /// Whether root keys have given a head up. Nobody gives up what was signed later: whoever dates that back, with
        /// a key that was root once, still meets the heads of since then.
        func isLost(_ envelope: String) -> Bool {
            guard let time = lost[Digest.sha256(envelope)] else { return false }
            // What no known key has signed tells of no time.
            guard let (payload, _) = try? AuditHeads.open(envelope, keys: self) else { return true }
            guard let signedAt = TimeText.parseUTC(payload.signedAt) else { return false }
            return signedAt <= time.saturatingPlus(Nanoseconds(AuditHeads.clockTolerance))
        }

        /// Whether a key may sign a head now.
        package func maySign(_ id: String, at time: Nanoseconds) -> Bool {
            revokedHere[id] == nil && log.contains { $0.id == id && $0.objection(at: time) == nil }
        }

        /// Whether a head that fits proves what it covers.
        ///
        /// A key that was revoked or has expired could date a head back, so its own word of when it signed is worth
        /// nothing: the head counts where the clock of a place says that it lay there before. Without such a place a
        /// head that a good key signs now covers all that older ones did.
        ///
        /// - Parameter anchored: when the place had it, by the place's own clock; nil where it has none.
        package func cover(_ payload: Payload, by id: String, anchored: Nanoseconds?, at time: Nanoseconds) -> Bool {
            if let entry = revokedHere[id], payload.sequence >= entry { return false }
            return log.contains { key in
                guard key.id == id else { return false }
                guard key.objection(at: time) != nil else { return true }
                guard let anchored else { return false }
                return anchored < key.revoked?.at ?? .max && anchored < key.expiresAt ?? .max
            }
        }
    }

    /// Signs the newest entry and the tree over all. Kept in the registry, and returned for a place outside it.
    ///
    /// - Complexity: linear in the entries.
    @discardableResult
    package static func sign(_ registry: RegistryDatabase, key: any Signer) throws -> AuditHead? {
        let hashes = try registry.auditHashList()
        guard let hash = hashes.last, let root = MerkleTree.root(hashes) else { return nil }
        let time = registry.now(), payload = Payload(sequence: hashes.count, hash: hash, root: root, signedAt: time)
        let head = AuditHead(
            sequence: hashes.count, hash: hash, signer: key.name, keyID: key.publicKey.id,
            envelope: try Envelope.make(payloadType: payloadType, payload: payload.text, key: key), signedAt: time)
        try registry.record(head)
        return head
    }

    /// Reads a head that one of the keys signed.
    ///
    /// - Throws: ``Failure`` that says why it does not count.
    package static func open(_ envelope: String, keys: Keys) throws -> (payload: Payload, key: PublicKey) {
        // A key that expired since then signed the head while it was good.
        let all = (keys.log + keys.former + keys.others).map { PublicKey(name: $0.name, raw: $0.raw, kind: $0.kind) }
        let (text, key) = try Envelope.open(envelope, payloadType: payloadType, trusted: TrustedKeys(all), at: 0)
        let payload = try Payload(text)
        guard
            payload.schemaVersion == 1 && !keys.hasDocuments
                || (keys.log + keys.former).contains(where: { $0.id == key.id })
        else {
            throw Failure(
                "audit.role",
                "found a head of the audit log signed by '\(key.name)' (\(key.id)), which has no role 'log'",
                hint: "sign with a key that has it: hftml audit anchor --as KEY")
        }
        return (payload, key)
    }

    /// Why a head does not fit a log, in words; nil where it does.
    ///
    /// - Parameter roots: of the log's tree, for all heads that are looked at; see ``MerkleTree/roots(_:sizes:)``.
    private static func objection(
        _ payload: Payload, by signer: String, _ outside: Outside, to log: RegistryExamination, roots: [Int: String]
    ) -> String? {
        let signed = "'\(signer)' signed at \(payload.signedAt) (\(outside.place))"
        if let misfit = misfit(payload, signed, to: log.hashes, roots: roots) { return misfit }
        guard let time = outside.time, log.times.indices.contains(payload.sequence - 1) else { return nil }
        // The place's clock is nobody's here: it says when the head was there, whatever clocks here said.
        let said = TimeText.parseUTC(payload.signedAt), entry = log.times[payload.sequence - 1]
        guard let said, said.saturatingMinus(time).magnitude <= clockTolerance, entry < time.saturatingPlus(lag) else {
            return "found entry \(payload.sequence) of \(TimeText.utc(entry)) that \(signed), and the place had it at "
                + "\(TimeText.utc(time)): a clock was wrong, or a time was made up"
        }
        return nil
    }

    /// Heads of entries that the log has no more: a sentence a place, however many heads lie there.
    private static func lost(_ heads: [(place: String, payload: Payload, signer: String)], of count: Int) -> [String] {
        let missing = Dictionary(grouping: heads.filter { $0.payload.sequence > count }, by: \.place)
        return missing.sorted { $0.key < $1.key }.compactMap { place, heads in
            let heads = heads.sorted { $0.payload.sequence < $1.payload.sequence }
            guard let first = heads.first, let last = heads.last else { return nil }
            guard heads.count > 1 else {
                return removed(last.payload, "'\(last.signer)' signed at \(last.payload.signedAt) (\(place))")
            }
            return "found an audit log of \(count), and \(heads.count) signed heads \(place) of entries "
                + "\(first.payload.sequence) to \(last.payload.sequence), the newest by '\(last.signer)' at "
                + "\(last.payload.signedAt): entries were removed from the end; restore the newest backup "
                + "(hftml backup restore), and say what is lost for good: hftml audit accept-loss"
        }
    }

    private static func removed(_ payload: Payload, _ signed: String) -> String {
        "found no audit entry \(payload.sequence), which \(signed): entries were removed from the end"
    }

    private static func misfit(
        _ payload: Payload, _ signed: String, to hashes: [String], roots: [Int: String]
    ) -> String? {
        guard payload.sequence <= hashes.count else { return removed(payload, signed) }
        guard hashes[payload.sequence - 1] == payload.hash else {
            return "found another audit entry \(payload.sequence) than \(signed)"
        }
        if let root = payload.root, roots[payload.sequence] != root {
            return "found other audit entries before \(payload.sequence) than \(signed)"
        }
        return nil
    }

    /// Heads of known keys that say something else than a log, in words: whoever signs that log vouches for another
    /// history than the one that was vouched for before. Heads that cannot be read are the check's to tell.
    ///
    /// - Parameter hashes: of all entries.
    package static func misfits(_ heads: [Outside], to hashes: [String], keys: Keys) -> [(head: String, words: String)]
    {
        let heads = heads.filter { !keys.isLost($0.envelope) }
        let opened = heads.compactMap { head in
            (try? open(head.envelope, keys: keys)).map { (head, $0.payload, $0.key) }
        }
        let roots = MerkleTree.roots(hashes, sizes: Set(opened.map(\.1.sequence)))
        return opened.compactMap { head, payload, key in
            misfit(payload, "'\(key.name)' signed at \(payload.signedAt) (\(head.place))", to: hashes, roots: roots)
                .map { (Digest.sha256(head.envelope), $0) }
        }
    }

    /// By that much the clock of a signer may differ from that of a place.
    package static let clockTolerance: UInt64 = 600_000_000_000
    private static let lag: Nanoseconds = 600_000_000_000

    /// A head that was kept elsewhere.
    package struct Outside: Sendable {
        /// The signed head.
        package var envelope: String
        /// For messages.
        package var place: String
        /// When the place had it, by the place's own clock; nil where it has none.
        package var time: Nanoseconds?

        /// A head in a place.
        package init(_ envelope: String, _ place: String, time: Nanoseconds? = nil) {
            (self.envelope, self.place, self.time) = (envelope, place, time)
        }
    }

    /// What heads say of a log.
    package struct Findings: Sendable {
        /// Heads of known keys that do not fit, in words.
        package var problems: [String] = []
        /// What is no head, or has a known key's name and not its signature: damaged, or put there by anybody.
        package var unreadable: [String] = []
        /// Of the heads outside the registry that fit, by their position, those that prove what they cover: the number
        /// of the entry that each covers.
        package var covered: [Int: Int] = [:]
    }

    /// Compares heads with a log. Those of strangers say nothing here; see ``strangers(_:to:keys:)``.
    ///
    /// - Parameters:
    ///   - outside: what was kept elsewhere.
    ///   - time: at which keys must still be good for their heads to count.
    package static func compare(
        _ log: RegistryExamination, keys: Keys, outside: [Outside], at time: Nanoseconds
    ) -> Findings {
        var findings = Findings()
        let all = log.heads.map { Outside($0.envelope, "in the registry") } + outside, inside = log.heads.count
        var opened: [(index: Int, payload: Payload, key: PublicKey)] = [], unvouched: [(Outside, String)] = []
        for (index, head) in all.enumerated() where !keys.isLost(head.envelope) {
            switch AuditHeads.look(head.envelope, keys: keys) {
            case .known(let payload, let key): opened.append((index, payload, key))
            // Without documents the log itself says whom it trusts: one that was written anew has keys of its own, and
            // a head of before is all that tells.
            case .stranger(let message): if !keys.hasDocuments { unvouched.append((head, message)) }
            case .none(let message): findings.unreadable.append(unreadable(head, message))
            }
        }
        let roots = MerkleTree.roots(log.hashes, sizes: Set(opened.map(\.payload.sequence)))
        findings.problems += lost(opened.map { (all[$0.index].place, $0.payload, $0.key.name) }, of: log.hashes.count)
        for (index, payload, key) in opened where payload.sequence <= log.hashes.count {
            if let objection = objection(payload, by: key.name, all[index], to: log, roots: roots) {
                findings.problems.append(objection)
            } else if index >= inside, keys.cover(payload, by: key.id, anchored: all[index].time, at: time) {
                findings.covered[index - inside] = payload.sequence
            }
        }
        let vouched = Array(log.hashes.prefix(findings.covered.values.max() ?? 0))
        findings.problems += unvouched.filter { !fits($0.0.envelope, vouched) }.map {
            unreadable($0.0, $0.1)
                + "; bring that key's public half (Registry/keys/NAME.pub.json), or let a key that is "
                + "known here sign a newer head: hftml audit anchor --as KEY"
        }
        return findings
    }
}
