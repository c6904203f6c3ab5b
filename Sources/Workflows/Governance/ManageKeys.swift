import Basics
import ModelBundles
import Registry

/// Signing keys of people and machines, and which environment trusts whom.
package enum ManageKeys {
    /// Where a private key lives: outside Git, readable by its owner.
    package static func privatePath(_ name: String, project: Project) -> String { "\(project.root)/Registry/keys/\(name).key.json" }
    package static func publicPath(_ name: String, project: Project) -> String { "\(project.root)/Registry/keys/\(name).pub.json" }

    private static func check(_ name: String) throws {
        guard !name.isEmpty, !name.hasPrefix("."), name.allSatisfy({ $0.isLetter || $0.isNumber || "-_.".contains($0) }) else {
            throw Failure("key.name", "found the key name '\(name)', expected letters, digits, '-', '_' and '.'", exitStatus: .usage)
        }
    }

    /// Makes a key pair; an existing one is never overwritten.
    package static func generate(_ name: String, keepsExisting: Bool, project: Project) throws -> PublicKey {
        try check(name)
        let path = privatePath(name, project: project)
        if Paths.exists(path) {
            guard keepsExisting else {
                throw Failure("key.exists", "found a key named '\(name)' already", hint: "choose another name, or use it as it is")
            }
            return try SigningKey.read(path).publicKey
        }
        let key = SigningKey(generating: name)
        try key.write(to: path)
        try AtomicFile.write(key.publicKey.json.text(.pretty) + "\n", to: publicPath(name, project: project))
        try project.registry().audit(action: "key.generate", subject: name, detail: .map(["keyID": .string(key.publicKey.id)]))
        return key.publicKey
    }

    /// Lets an environment accept bundles signed by a key.
    package static func trust(_ name: String, environment: String, project: Project) throws -> PublicKey {
        let source = name.hasSuffix(".json") ? name : publicPath(name, project: project)
        let key = try PublicKey.read(source)
        try check(key.name)
        let target = "\(project.environmentPath(environment))/trusted/\(key.name).pub.json"
        try AtomicFile.write(key.json.text(.pretty) + "\n", to: target)
        try project.registry().audit(action: "key.trust", subject: key.name, detail: .map(["keyID": .string(key.id), "environment": .string(environment)]))
        return key
    }

    package static func revoke(_ name: String, environment: String, project: Project) throws {
        try check(name)
        let target = "\(project.environmentPath(environment))/trusted/\(name).pub.json"
        guard Paths.exists(target) else {
            throw Failure("key.not-trusted", "found no trusted key '\(name)' in '\(environment)'", hint: "see: hftml keys list")
        }
        try Paths.remove(target)
        try project.registry().audit(action: "key.revoke", subject: name, detail: .map(["environment": .string(environment)]))
    }
}
