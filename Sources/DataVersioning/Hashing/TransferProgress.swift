import Synchronization

/// How far long work has come; read from another thread to draw a bar.
package final class TransferProgress: Sendable {
    private let doneBytes = Atomic<Int>(0)
    private let doneFiles = Atomic<Int>(0)
    private let allBytes = Atomic<Int>(0)
    private let allFiles = Atomic<Int>(0)

    package init() {}

    package func expect(files: Int, bytes: Int) {
        allFiles.add(files, ordering: .relaxed)
        allBytes.add(bytes, ordering: .relaxed)
    }

    package func add(files: Int = 0, bytes: Int) {
        doneFiles.add(files, ordering: .relaxed)
        doneBytes.add(bytes, ordering: .relaxed)
    }

    package var files: Int { doneFiles.load(ordering: .relaxed) }
    package var bytes: Int { doneBytes.load(ordering: .relaxed) }
    package var expectedFiles: Int { allFiles.load(ordering: .relaxed) }
    package var expectedBytes: Int { allBytes.load(ordering: .relaxed) }
}
