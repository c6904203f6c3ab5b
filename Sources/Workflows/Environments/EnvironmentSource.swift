import Basics
import ConfigurationFiles
import Deployment
import ModelBundles
import Promotion
import Registry
import Trading

/// What people wrote into `environment.yaml`, with keys and policy by name.
struct EnvironmentSource {
    /// A key as the file names it.
    struct KeyEntry {
        let name: String
        var person: String?
        var roles: [String] = []
        var expiresAt: Nanoseconds?
        /// Where the file holds the key itself.
        var own: PublicKey?
    }

    private static let keys = [
        "schemaVersion", "policy", "minimumCostBps", "limits", "root", "keys", "freezes", "canary", "health",
        "expiryDays", "verdictDays", "deploymentHours", "deploymentDays", "anchorHours", "issuers",
    ]

    let policy: String
    private let minimumCostBps: Double
    private let limits: RiskLimits
    private let threshold: Int
    private let root: [KeyEntry]
    private let signers: [KeyEntry]
    private let freezes: [EnvironmentAuthority.Freeze]
    private let canary: EnvironmentAuthority.Canary?
    private let health: HealthRule?
    private let expiryDays: Double
    private let verdictDays: Double
    private let deploymentDays: Double
    private let anchorHours: Double?
    private let issuers: [String]?

    /// - Throws: ``ConfigError``, ``FileError``.
    init(_ path: String) throws {
        let reader = try ConfigReader(try YAMLFile.read(path), keys: EnvironmentSource.keys)
        try reader.checkSchemaVersion(1)
        policy = try reader.string("policy")
        minimumCostBps = try reader.double("minimumCostBps", in: 0...10_000)
        limits = try RiskLimits(try reader.required("limits"), path: "limits")
        let root = try ConfigReader(try reader.required("root"), path: "root", keys: ["threshold", "keys"])
        threshold = try root.int("threshold", default: 1, in: 1...1000)
        self.root = try root.list("keys").map { try EnvironmentSource.entry($0, path: "root.keys") }
        signers = try reader.list("keys").map { try EnvironmentSource.entry($0, path: "keys") }
        freezes = reader.has("freezes") ? try reader.list("freezes").map(EnvironmentSource.freeze) : []
        canary = try reader.value("canary").map(EnvironmentAuthority.Canary.init)
        health = try reader.value("health").map { try HealthRule($0) }
        expiryDays = try reader.double("expiryDays", default: 365, in: 0.001...3650)
        verdictDays = try reader.double("verdictDays", default: 7, in: 0.001...3650)
        // In days, as documents and older files say it; an order that waits longer is a copy that somebody kept.
        if reader.has("deploymentDays") {
            guard !reader.has("deploymentHours") else {
                throw ConfigError(
                    "found deploymentHours and deploymentDays, expected one of them",
                    at: reader.value("deploymentDays")?.mark)
            }
            deploymentDays = try reader.double("deploymentDays", in: 0.001...3650)
        } else {
            deploymentDays = try reader.double("deploymentHours", default: 6, in: 0.024...87_600) / 24
        }
        anchorHours = try reader.optionalDouble("anchorHours", in: 0.001...100_000)
        issuers = reader.has("issuers") ? try reader.strings("issuers") : nil
    }

    /// As people read it: a last day counts to its end; a time of the day is the moment from which promotions go on.
    /// The document holds moments.
    private static func freeze(_ node: JSONValue) throws -> EnvironmentAuthority.Freeze {
        let reader = try ConfigReader(node, path: "freezes", keys: ["from", "to", "reason"])
        let day = "0000-00-00".count, isDay = try reader.string("to").count == day
        let to = try reader.time("to").saturatingPlus(isDay ? 86_400_000_000_000 : 0)
        let freeze = EnvironmentAuthority.Freeze(
            from: try reader.time("from"), to: to, reason: try reader.string("reason", default: ""))
        guard freeze.from < freeze.to else {
            throw ConfigError("found a freeze that ends before it begins", at: node.mark)
        }
        return freeze
    }

    /// - Parameter node: a name, or `{key: NAME, roles: […], person: NAME, expires: DAY, publicKey: BASE64}`; the
    ///   last may be a line of SSH, such as `ssh-ed25519 AAAA…`.
    private static func entry(_ node: JSONValue, path: String) throws -> KeyEntry {
        if let name = node.stringValue { return KeyEntry(name: name) }
        let reader = try ConfigReader(node, path: path, keys: ["key", "person", "roles", "expires", "publicKey"])
        var entry = KeyEntry(name: try reader.string("key"), person: try reader.optionalString("person"))
        if reader.has("roles") { entry.roles = try reader.strings("roles") }
        if reader.has("expires") { entry.expiresAt = try reader.time("expires") }
        if let text = try reader.optionalString("publicKey") {
            guard !text.contains(" ") else {
                entry.own = try PublicKey(sshLine: text, name: entry.name)
                return entry
            }
            let document = JSONValue.map([
                "schemaVersion": .int(1), "kind": .string("ed25519-public"), "name": .string(entry.name),
                "publicKey": .string(text),
            ])
            entry.own = try PublicKey(document, in: "\(path) of environment.yaml")
        }
        return entry
    }

    /// The document that these lines mean today: keys and policy as they are on the disk now.
    ///
    /// - Throws: ``Failure`` with code `authority.key` for a key that nobody has, `gate.no-policy`.
    func authority(_ files: EnvironmentFiles, counter: Int, at time: Nanoseconds, session: Session) throws
        -> EnvironmentAuthority
    {
        try requireNames(root + signers, files, session: session)
        let policy = try EnvironmentPolicy.read(policy, session: session)
        return EnvironmentAuthority(
            name: files.host.name, counter: counter, createdAt: time,
            expiresAt: EnvironmentSource.end(time, expiryDays),
            root: try rootKeys(files, session: session),
            keys: try withRevoked(
                try signers.map { try key($0, files, session: session) }, files, at: time, session: session),
            policy: (self.policy, policy.digest),
            minimumCostBps: minimumCostBps, limits: limits, freezes: freezes, canary: canary, health: health,
            verdictDays: verdictDays, deploymentDays: deploymentDays, anchorHours: anchorHours,
            issuers: try issuers.map { try $0.map { try ActingIdentity.issuer($0, session: session) } },
            anchors: try SignedAnchors.configured(session))
    }

    /// A key that is revoked stays in the documents, also where its line is gone: a host that slept through the one
    /// which revoked it would otherwise take it for one that was merely taken out.
    private func withRevoked(
        _ keys: [PublicKey], _ files: EnvironmentFiles, at time: Nanoseconds, session: Session
    ) throws -> [PublicKey] {
        guard try files.inForce(at: time) != nil else { return keys }
        let revoked = try ManageKeys.revocations(session)
        var all = keys
        // Of every document, not the last one alone: what somebody said before being taken out stands until then.
        for var key in files.knownKeys() where !all.contains(where: { $0.id == key.id }) {
            guard let revocation = key.revoked ?? revoked[key.id] else { continue }
            key.revoked = revocation
            if all.contains(where: { $0.name == key.name }) {
                key = PublicKey(
                    name: "\(key.name)-\(key.id.prefix(8))", person: key.person, raw: key.raw, roles: key.roles,
                    expiresAt: key.expiresAt, revoked: revocation, kind: key.kind)
            }
            all.append(key)
        }
        return all
    }

    /// Who may sign the document: all that a host needs to know before there is one.
    ///
    /// - Throws: ``Failure`` with code `authority.key`, `authority.threshold`.
    func rootKeys(_ files: EnvironmentFiles, session: Session) throws -> RootKeys {
        try requireNames(root, files, session: session)
        let keys = try root.map { entry in
            var key = try key(entry, files, session: session)
            key.revoked = nil
            return key
        }
        let drawnUp = try RootKeys(threshold: threshold, keys: keys), said = try SignedRevocations(session)
        let known = files.documents.last?.root ?? drawnUp
        return try RootKeys(
            threshold: threshold,
            keys: keys.map { key in
                var key = key
                key.revoked = said.revocation(of: key, root: known)
                return key
            })
    }

    /// Refuses words of the template that nobody has put a name for, all of them at once.
    private func requireNames(_ entries: [KeyEntry], _ files: EnvironmentFiles, session: Session) throws {
        let open = entries.filter { $0.own == nil }.map(\.name).filter(EnvironmentTemplate.Placeholder.all.contains)
            .filter { !Paths.exists(ManageKeys.publicPath($0, session: session)) }
        guard !open.isEmpty else { return }
        throw Failure(
            "authority.key",
            "found \(open.map { "'\($0)'" }.joined(separator: ", ")) in '\(session.shown(files.source))', which stand "
                + "for names of keys until somebody writes those there",
            hint:
                "make a key with: hftml keys generate NAME; that of a host: hftml-runtime init DIRECTORY --root FILE > "
                + "Registry/keys/HOST.pub.json")
    }

    /// Whole seconds, as the document writes times.
    private static func end(_ time: Nanoseconds, _ days: Double) -> Nanoseconds {
        let end = time.saturatingPlus(Nanoseconds(saturating: days * 86_400e9))
        return end - end % 1_000_000_000
    }

    /// The public half: from the file itself, or from where keys of people and machines are tracked. A key that was
    /// revoked here is revoked in the document, which is how hosts learn of it.
    private func key(_ entry: KeyEntry, _ files: EnvironmentFiles, session: Session) throws -> PublicKey {
        var key: PublicKey
        if let own = entry.own {
            key = own
        } else {
            let places =
                ["\(session.root)/Registry/trusted/\(entry.name).pub.json"]
                + [ManageKeys.publicPath(entry.name, session: session)]
            guard let place = places.first(where: Paths.exists) else {
                throw Failure(
                    "authority.key",
                    "found no public key '\(entry.name)' in Registry/trusted or Registry/keys, which "
                        + "'\(session.shown(files.source))' names",
                    hint: "make one (hftml keys generate \(entry.name)), or write its publicKey into that file")
            }
            key = try PublicKey.read(place)
        }
        if let person = entry.person {
            try ManageKeys.check(person: person)
            key.person = person
        }
        key.roles = entry.roles
        key.expiresAt = [key.expiresAt, entry.expiresAt].compactMap { $0 }.min()
        if key.revoked == nil { key.revoked = try ManageKeys.revocations(session)[key.id] }
        return key
    }
}

/// The policy that an environment's document names, wherever the command was started.
enum EnvironmentPolicy {
    static func path(_ name: String, session: Session) -> String {
        name.contains("/") ? Paths.join(session.root, name) : "\(session.root)/Registry/gates/\(name).yaml"
    }

    /// - Throws: ``Failure`` with code `gate.no-policy`, ``ConfigError``.
    static func read(_ name: String, session: Session) throws -> GatePolicy {
        try GateModel.policy(path(name, session: session), session: session)
    }
}
