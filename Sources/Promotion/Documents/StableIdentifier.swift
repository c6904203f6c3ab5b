import Basics

/// Identifiers that formats want as UUIDs, made from content: the same content gives the same identifier, so that a
/// repetition is known as one.
package enum StableIdentifier {
    /// The first 32 digits of a text's SHA-256, in the form of a UUID.
    package static func uuid(of text: String) -> String { uuid(digits: Digest.sha256(text)) }

    /// 32 hexadecimal digits or more in the form of a UUID; what has fewer stays as it is.
    package static func uuid(digits: String) -> String {
        let d = Array(digits)
        guard d.count >= 32 else { return digits }
        return [0..<8, 8..<12, 12..<16, 16..<20, 20..<32].map { String(d[$0]) }.joined(separator: "-")
    }
}
