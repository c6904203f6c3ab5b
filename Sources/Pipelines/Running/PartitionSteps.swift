package import DataVersioning

/// What partitions of stages read and made, of many versions of `partitions.lock`: from the hash of an input to those
/// of what was made from it.
package struct PartitionSteps {
    package static let fileName = "partitions.lock"

    private var outputs: [MD5Digest: Set<MD5Digest>] = [:]

    package init() {}

    /// Takes in one version. Lines that are torn or malformed are passed over, as when stages run.
    ///
    /// - Complexity: one pass over the text.
    package mutating func add(_ text: String) {
        for line in text.utf8.split(separator: UInt8(ascii: "\n")) where line.first != UInt8(ascii: "#") {
            let fields = line.split(separator: UInt8(ascii: "\t"), omittingEmptySubsequences: false)
            guard fields.count == 6, let input = MD5Digest(hex: Substring(fields[2])) else { continue }
            for output in fields[4].split(separator: UInt8(ascii: ",")) {
                if let digest = MD5Digest(hex: Substring(output)) { outputs[input, default: []].insert(digest) }
            }
        }
    }

    /// What was made from an input, in order of the digests.
    package func made(from input: MD5Digest) -> [MD5Digest] { (outputs[input] ?? []).sorted { $0.hex < $1.hex } }
}
