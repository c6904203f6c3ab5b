package import Basics
package import Deployment
import ModelBundles

/// What is in force in an environment, and whether trading is halted there.
package struct RuntimeStatus: Sendable, Equatable {
    /// Its name.
    package var environment: String
    /// SHA-256 of the bundle in force; nil, as the next three, where there is none.
    package var bundle: String?
    /// Of the model.
    package var name: String?
    /// Of the model.
    package var version: Int?
    /// Name of the key that signed.
    package var signer: String?
    /// Halted by an operator.
    package var isHalted: Bool

    /// - Throws: ``ModelBundle/Refusal`` when the bundle in force is not intact or no longer trusted, ``FileError``.
    package init(_ environment: DeploymentDirectory) throws {
        let current = try BundleInstaller(environment).current()
        self.environment = environment.name
        bundle = current?.digest
        name = current?.identity.name
        version = current?.identity.version
        signer = current?.signer.name
        isHalted = Paths.exists(environment.haltFile)
    }

    /// What `status --json` prints.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "environment": .string(environment), "bundle": .string(bundle),
            "name": .string(name), "version": version.map { .int($0) } ?? .null, "signer": .string(signer),
            "halted": .bool(isHalted),
        ])
    }

    /// One line for people.
    package var text: String {
        var what = "no bundle"
        if let name, let version, let signer { what = "\(name)/\(version) signed by \(signer)" }
        return "\(environment): \(what)\(isHalted ? ", HALTED" : "")"
    }
}
