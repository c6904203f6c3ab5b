import Basics
package import ModelBundles

/// A bundle file and a directory of public keys in; what the runtime would say of it, out.
package enum VerifyBundle {
    package enum Outcome: Sendable {
        case valid(ModelBundle)
        case refused(ModelBundle.Refusal)
    }

    /// - Throws: ``FileError`` when a file cannot be read. A bundle that the runtime would refuse is an outcome.
    package static func run(_ file: String, trusted: String) throws -> Outcome {
        do {
            return .valid(
                try ModelBundle.verify(try FileChunks.bytes(file), trusted: try TrustedKeys(directory: trusted)))
        } catch let refusal as ModelBundle.Refusal {
            return .refused(refusal)
        }
    }
}
