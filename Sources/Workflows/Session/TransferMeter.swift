package import DataVersioning

/// How far long work with data has come; what a workflow fills and a progress bar reads from another thread.
package typealias TransferMeter = TransferProgress

extension TransferProgress {
    /// Nothing expected and nothing done yet.
    package static var zero: TransferMeter { TransferProgress() }

    /// Where it stands at one moment.
    package struct Reading: Sendable, Equatable {
        package let files: Int
        package let expectedFiles: Int
        package let bytes: Int
        package let expectedBytes: Int

        /// From 0 to 1: of the bytes where they are known, of the files otherwise.
        package var fraction: Double {
            expectedBytes > 0
                ? Double(bytes) / Double(expectedBytes) : Double(files) / Double(max(expectedFiles, 1))
        }
    }

    package var reading: Reading {
        Reading(files: files, expectedFiles: expectedFiles, bytes: bytes, expectedBytes: expectedBytes)
    }
}
