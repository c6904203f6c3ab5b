package import Basics
import Deployment
package import ModelBundles

/// A bundle file and the keys that are believed in; whether it is intact, and all it carries signed by them, out.
/// Whether an environment takes it is another question: order, limits and policy are its document's.
package enum VerifyBundle {
    package enum Outcome: Sendable {
        case valid(ModelBundle)
        case refused(ModelBundle.Refusal)
    }

    /// - Parameters:
    ///   - trusted: a directory of public keys, or an environment's signed document.
    ///   - now: when expired keys count no more.
    /// - Throws: ``FileError`` when a file cannot be read. A bundle that the runtime would refuse is an outcome.
    package static func run(_ file: String, trusted: String, at now: Nanoseconds = Clock.system.now()) throws -> Outcome
    {
        do {
            let keys = try keys(trusted)
            let bundle = try ModelBundle.verify(try FileChunks.bytes(file), trusted: keys)
            if let objection = bundle.key.objection(at: now) {
                return .refused(ModelBundle.Refusal(reason: .untrustedKey, detail: objection))
            }
            try bundle.requireStatements(signedBy: keys)
            return .valid(bundle)
        } catch let refusal as ModelBundle.Refusal {
            return .refused(refusal)
        }
    }

    private static func keys(_ trusted: String) throws -> TrustedKeys {
        guard Paths.exists(trusted), !Paths.isDirectory(trusted) else { return try TrustedKeys(directory: trusted) }
        return TrustedKeys(try AuthorityEnvelope(try FileChunks.text(trusted)).authority.keys)
    }
}
