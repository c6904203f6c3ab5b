import Basics
import Foundation

/// Successive chunks of all columns, read by whoever has time: the thread that waits for them, and others beside it.
///
/// A column is read by one thread at a time; columns with the most stored bytes come first, so that the threads end
/// together. Nobody waits for a thread that does not run: who needs the chunks reads what no other has begun.
final class ParquetBatch: @unchecked Sendable {
    /// The chunks of one row group.
    struct Part {
        let group: Int
        /// Rows of each chunk.
        var counts: [Int] = []
        /// Whether the row group begins and ends here.
        let begins: Bool
        var ends = false
        /// The first row of the group here.
        let firstRow: Int
    }

    let parts: [Part]
    private let number: Int
    private let readers: [ParquetColumnReader]
    private let groups: [ParquetFooter.Group]
    /// Keeps the bytes of the columns there, also when the reader is gone.
    private let file: MappedFile
    private let order: [Int]

    private struct State: Sendable {
        var next = 0, done = 0
        var isCancelled = false
        var results: [Result<[ColumnVector], any Error>?]
    }
    private let state: Guarded<State>
    private let isDone = DispatchSemaphore(value: 0)

    /// - Parameter number: of the batch in the file.
    init(
        _ parts: [Part], number: Int, _ readers: [ParquetColumnReader], _ groups: [ParquetFooter.Group],
        file: MappedFile
    ) {
        (self.parts, self.number, self.readers, self.groups, self.file) = (parts, number, readers, groups, file)
        let sizes = readers.map { reader in
            parts.reduce(0) { $0.saturatingPlus(groups[$1.group].chunks[reader.column.leaf].storedSize) }
        }
        order = readers.indices.sorted { (sizes[$1], $0) < (sizes[$0], $1) }
        state = Guarded(State(results: .init(repeating: nil, count: readers.count)))
    }

    /// Lets other threads begin.
    func begin() {
        for _ in 1..<min(Parallel.threads, readers.count) where readers.count > 1 {
            DispatchQueue.global().async { self.work() }
        }
    }

    /// Makes threads that are still reading stop after their column.
    func cancel() { state.update { $0.isCancelled = true } }

    private func work() {
        while let index = claim() {
            let result = Result { try read(index) }
            let isLast = state.update { state in
                state.results[index] = result
                state.done += 1
                return state.done == state.results.count
            }
            if isLast { isDone.signal() }
        }
    }

    private func claim() -> Int? {
        let order = order
        return state.update { state in
            guard state.next < order.count, !state.isCancelled else { return nil }
            state.next += 1
            return order[state.next - 1]
        }
    }

    private func read(_ index: Int) throws -> [ColumnVector] {
        let reader = readers[index]
        var vectors: [ColumnVector] = []
        for part in parts {
            if part.begins { try reader.start(groups[part.group], number: part.group) }
            for count in part.counts { vectors.append(try reader.read(count, batch: number)) }
            if part.ends { try reader.finish() }
        }
        return vectors
    }

    /// The chunks of each column; called once.
    func columns() -> [Result<[ColumnVector], any Error>] {
        work()
        if !readers.isEmpty { isDone.wait() }
        return state.value.results.map { $0 ?? .failure(ParquetDamage("no answer of a thread")) }
    }
}

/// Arrays that were given out, filled again once nobody else holds them.
///
/// Memory that is given back and taken anew is zeroed by the system page by page, which takes longer than decoding.
/// Whether an array is held elsewhere shows when it is written to: then it moves, and no more are kept.
struct SpareArrays<Element: BitwiseCopyable> {
    private var kept: [(array: [Element], batch: Int)] = []
    private var isOn = true

    /// An array of so many elements of any value; nil where there is none.
    mutating func take(_ count: Int, filling: Element, batch: Int) -> [Element]? {
        // Those of the batch before may still be in use.
        guard isOn, let first = kept.first, first.batch + 2 <= batch else { return nil }
        var array = kept.removeFirst().array
        guard array.capacity >= count else { return nil }
        let before = array.withUnsafeBufferPointer { UnsafeRawPointer($0.baseAddress) }
        if array.count > count {
            array.removeLast(array.count - count)
        } else if array.count < count {
            array.append(contentsOf: repeatElement(filling, count: count - array.count))
        }
        let after = array.withUnsafeMutableBufferPointer { UnsafeRawPointer($0.baseAddress) }
        if before != after { (isOn, kept) = (false, []) }
        return array
    }

    /// Keeps an array that is given out.
    mutating func keep(_ array: [Element], batch: Int) {
        if isOn { kept.append((array, batch)) }
    }
}
