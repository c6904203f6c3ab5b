import Basics
import Deployment
import ModelBundles

/// What can be revoked: keys that the project trusts, and those of every document; with what ends where one goes.
struct RevocableKeys {
    private let trusted: [PublicKey]
    private let environments: [(name: String, files: EnvironmentFiles, documents: [EnvironmentAuthority])]

    init(_ session: Session) throws {
        trusted = try TrustedKeys(directory: ManageKeys.trustedDirectory(session)).keys
        environments = try session.environmentNames().compactMap { name in
            try EnvironmentFiles.made(name, session: session).map { (name, $0, $0.documents) }
        }
    }

    private var all: [PublicKey] {
        trusted + environments.flatMap(\.documents).reversed().flatMap { $0.root.keys + $0.keys }
    }

    private var names: Set<String> { Set(all.map(\.name)) }

    /// Each once.
    private func keys(_ name: String) -> [PublicKey] {
        var seen: Set<String> = []
        return all.filter { ($0.name == name || $0.id == name) && seen.insert($0.id).inserted }
    }

    /// - Throws: ``Failure`` with code `key.not-trusted`.
    func required(_ name: String) throws -> [PublicKey] {
        let found = keys(name)
        guard found.isEmpty else { return found }
        throw Failure(
            "key.not-trusted",
            "found no key '\(name)' that this project trusts or a document of an environment names",
            hint: NearestName.of(name, in: names).map { "did you mean: hftml keys revoke \($0)" }
                ?? "see: hftml keys list")
    }

    /// Of the environments whose newest document names a key in any role: each may say that it is no good.
    private func roots(naming id: String) -> [RootKeys] {
        environments.compactMap(\.documents.last).filter { document in
            (document.root.keys + document.keys).contains { $0.id == id }
        }.map(\.root)
    }

    /// Whoever may say that a key is no good: itself, and root keys that are good themselves.
    func signers(about key: PublicKey, _ said: SignedRevocations) -> [PublicKey] {
        [key]
            + roots(naming: key.id).flatMap { root in
                root.keys.filter { $0.id != key.id && said.revocation(of: $0, root: root) == nil }
            }
    }

    /// Whoever stole a root key that was ended since would go on with it.
    ///
    /// - Throws: ``Failure`` with code `statement.key` for a root key whose word ends no other any more.
    func requireGood(_ signer: PublicKey, about key: PublicKey, _ said: SignedRevocations) throws {
        guard !signers(about: key, said).contains(where: { $0.id == signer.id }),
            let root = roots(naming: key.id).first(where: { $0.keys.contains { $0.id == signer.id } }),
            var judged = root.keys.first(where: { $0.id == signer.id })
        else { return }
        judged.revoked = said.revocation(of: judged, root: root)
        let other = signers(about: key, said).first { other in
            other.id != key.id && root.keys.contains { $0.id == other.id }
        }
        throw Failure(
            "statement.key",
            "found a signature that does not count: "
                + (judged.objection(at: .max) ?? "the key of '\(signer.name)' signs nothing more"),
            hint: "let a root key sign it that is good: hftml keys revoke \(key.name) --as \(other?.name ?? key.name)",
            exitStatus: .refused)
    }

    func revoked(_ name: String, _ keys: [PublicKey], files: [String], _ said: SignedRevocations) -> RevokedKey {
        RevokedKey(
            name: name, keyIDs: keys.map(\.id), persons: Set(keys.map(\.person)).sorted(),
            places: places(keys, said), files: files,
            signers: Set(keys.flatMap { said.signers(about: $0.id, among: all) }).sorted())
    }

    /// Further hosts whose documents believe some keys.
    func believing(_ ids: Set<String>, session: Session) throws -> [HostBehind] {
        try environments.flatMap { _, files, documents -> [HostBehind] in
            let own = documents.last.map { $0.root.keys + $0.keys } ?? []
            return try HostsBehind.believing(
                ids, files, isPending: own.contains { ids.contains($0.id) && $0.revoked == nil }, session: session)
        }
    }

    private func places(_ keys: [PublicKey], _ said: SignedRevocations) -> [RevokedKey.Place] {
        let ids = Set(keys.map(\.id))
        return environments.compactMap { name, _, documents in
            guard let newest = documents.last else { return nil }
            let own = newest.keys.filter { ids.contains($0.id) }
            let roots = newest.root.keys.filter { ids.contains($0.id) && $0.revoked == nil }
            // A document that says it already leaves nothing to do; neither does one that never named it.
            guard
                !roots.isEmpty || own.contains(where: { $0.revoked == nil })
                    || own.isEmpty && documents.contains(where: { $0.keys.contains { ids.contains($0.id) } })
            else { return nil }
            return RevokedKey.Place(
                environment: name, roles: (roots.isEmpty ? [] : ["root"]) + own.flatMap(\.roles),
                next: "hftml environments sign \(name) --as \(RevocableKeys.signer(newest.root, but: ids, said))",
                signsOn: roots.contains { !said.end($0, root: newest.root) } ? newest.root.threshold : nil)
        }
    }

    /// A root key that is left to sign.
    private static func signer(_ root: RootKeys, but ids: Set<String>, _ said: SignedRevocations) -> String {
        root.keys.first { !ids.contains($0.id) && said.revocation(of: $0, root: root) == nil }?.name ?? "KEY"
    }

    /// Whoever takes the last root keys that a threshold needs ends the environment: no document is signed any more,
    /// the one neither that would take them out.
    ///
    /// - Throws: ``Failure`` with code `key.last-root`.
    func requireRootsLeft(without keys: [PublicKey], _ said: SignedRevocations) throws {
        for (name, files, documents) in environments {
            guard let newest = documents.last, let left = RevocableKeys.left(newest.root, without: keys, said) else {
                continue
            }
            let who = keys.first { key in newest.root.keys.contains { $0.id == key.id } }?.name ?? "KEY"
            throw Failure(
                "key.last-root",
                "found '\(who)' needed among the root keys of '\(name)': documents there take \(newest.root.threshold) "
                    + "of them, and \(left.isEmpty ? "nobody" : left.joined(separator: ", ")) would be left; none "
                    + "could be signed any more, the one that takes '\(who)' out neither",
                hint: "first name another root key, or a lower threshold, in '\(files.source)', and let the root keys "
                    + "sign that, '\(who)' among them: hftml environments sign \(name) --as \(who); then: hftml keys "
                    + "revoke \(who) --reason TEXT; where nobody can sign with it any more: --ends-environment, and "
                    + "make the environment anew under another name",
                exitStatus: .refused)
        }
    }

    /// Persons whose root keys would be left, where they are too few and were not before; nil where enough are left.
    private static func left(_ root: RootKeys, without keys: [PublicKey], _ said: SignedRevocations) -> [String]? {
        func persons(_ good: [PublicKey]) -> [String] { PlainName.distinct(good.map(\.person)) }
        let good = root.keys.filter { said.revocation(of: $0, root: root) == nil }
        let left = persons(good.filter { key in !keys.contains { $0.id == key.id } })
        return left.count < root.threshold && persons(good).count >= root.threshold ? left : nil
    }
}
