/// How much a host keeps of what it has told already.
package struct Retention: Sendable {
    /// Receipts that stay though the audit log has them. What it does not have stays anyhow.
    package var receipts: Int
    /// Refused bundles that stay for whoever asks why: files, and bytes of all of them. Their receipts name them by
    /// digest, so nothing is lost of the record.
    package var rejected: (files: Int, bytes: Int)

    /// Bounds as given.
    package init(receipts: Int = 256, rejected: (files: Int, bytes: Int) = (64, 256 << 20)) {
        (self.receipts, self.rejected) = (receipts, rejected)
    }
}
