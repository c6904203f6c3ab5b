/// How much a host keeps of what it has told already.
package struct Retention: Sendable {
    /// Receipts that stay though the audit log has them. What it does not have stays anyhow.
    package var receipts: Int
    /// Refused bundles that stay for whoever asks why: files, and bytes of all of them. Their receipts name them by
    /// digest, so nothing is lost of the record.
    package var rejected: (files: Int, bytes: Int)
    /// Receipts of what was refused and no key of the environment had ordered: anybody who may write to the inbox makes
    /// as many of them as they like, and each that is taken up comes into the audit log. The oldest go without it.
    package var strays: Int

    /// Bounds as given.
    package init(receipts: Int = 256, rejected: (files: Int, bytes: Int) = (64, 256 << 20), strays: Int = 64) {
        (self.receipts, self.rejected, self.strays) = (receipts, rejected, strays)
    }
}
