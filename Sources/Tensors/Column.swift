import Basics

/// Values of one type in a row: built in memory, or lying in a mapped file.
package struct Column<Element: BitwiseCopyable & Sendable>: RandomAccessCollection, Sendable, ExpressibleByArrayLiteral
{
    private enum Storage: @unchecked Sendable {
        // Guard for `@unchecked`: the mapped bytes are read-only, and the file keeps them alive.
        case array([Element])
        case mapped(MappedFile, UnsafePointer<Element>, Int)
    }

    private var storage: Storage

    /// A column that owns its values.
    package init(_ values: [Element] = []) { storage = .array(values) }
    /// A column that owns its values.
    package init(arrayLiteral elements: Element...) { self.init(elements) }

    /// - Parameter start: inside the file's bytes, aligned to the element.
    init(_ file: MappedFile, start: UnsafePointer<Element>, count: Int) { storage = .mapped(file, start, count) }

    /// 0.
    package var startIndex: Int { 0 }

    /// The number of values.
    package var endIndex: Int {
        switch storage {
        case .array(let values): values.count
        case .mapped(_, _, let count): count
        }
    }

    /// The value of a row, read in place from a mapped file.
    @inline(__always)
    package subscript(index: Int) -> Element {
        switch storage {
        case .array(let values): return values[index]
        case .mapped(_, let start, let count):
            precondition(index >= 0 && index < count, "index out of range")
            return start[index]
        }
    }

    /// Copies a mapped column first.
    package mutating func append(_ value: Element) { mutate { $0.append(value) } }
    /// Copies a mapped column first.
    package mutating func append(contentsOf values: some Sequence<Element>) { mutate { $0.append(contentsOf: values) } }

    private mutating func mutate(_ body: (inout [Element]) -> Void) {
        var values: [Element]
        if case .array(let own) = storage { values = own } else { values = Array(self) }
        storage = .array([])
        body(&values)
        storage = .array(values)
    }

    /// Says that a mapped column will be read here and there from now on.
    package func expectRandomAccess() { if case .mapped(let file, _, _) = storage { file.expectRandomAccess() } }

    /// The memory, valid inside `body` and, for a mapped column, as long as the column.
    package func withPointer<T>(_ body: (UnsafePointer<Element>?) throws -> T) rethrows -> T {
        switch storage {
        case .array(let values): try values.withUnsafeBufferPointer { try body($0.baseAddress) }
        case .mapped(_, let start, _): try body(start)
        }
    }
}

extension Column: Equatable where Element: Equatable {
    /// Whether all values are equal, wherever they lie.
    package static func == (a: Column, b: Column) -> Bool { a.elementsEqual(b) }
}
