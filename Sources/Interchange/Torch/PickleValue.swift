/// What a pickle may hold here: plain values, containers, and PyTorch's tensors.
///
/// Containers are places in a ``PickleHeap``, not values in each other: a file may nest them a million deep, or put one
/// into itself.
enum PickleValue {
    case none
    case bool(Bool)
    case int(Int)
    case double(Double)
    case text(String)
    case bytes([UInt8])
    case list(Int)
    case tuple(Int)
    /// Keys and values in turn.
    case map(Int)
    case storage(TorchStorage)
    case tensor(TorchTensor)
    /// One of the few names that may stand in a file of weights; see ``PickleReader/allowed``.
    case name(String)

    var int: Int? { if case .int(let value) = self { value } else { nil } }
}

/// The items of all containers of a pickle.
struct PickleHeap {
    private(set) var containers: [[PickleValue]] = []

    /// A new container's place.
    mutating func add(_ items: [PickleValue]) -> Int {
        containers.append(items)
        return containers.count - 1
    }

    mutating func extend(_ place: Int, _ items: [PickleValue]) { containers[place] += items }

    subscript(place: Int) -> [PickleValue] { containers[place] }

    /// The numbers of a tuple of whole numbers; nil for a longer one too, which is not looked at.
    func ints(_ value: PickleValue, most: Int) -> [Int]? {
        guard case .tuple(let place) = value, containers[place].count <= most else { return nil }
        let numbers = containers[place].compactMap(\.int)
        return numbers.count == containers[place].count ? numbers : nil
    }
}

/// Bytes of numbers of one type: an entry of the archive.
struct TorchStorage: Equatable {
    let type: TorchNumber
    let key: String
    /// Numbers that it has.
    let count: Int
}

/// A view of a storage: where it begins and how its axes step, in numbers.
struct TorchTensor: Equatable {
    let storage: TorchStorage
    let offset: Int
    let shape: [Int]
    let strides: [Int]
}

/// PyTorch's types of numbers, by the names of their storages.
enum TorchNumber: String, CaseIterable {
    case float = "FloatStorage"
    case double = "DoubleStorage"
    case half = "HalfStorage"
    case bfloat16 = "BFloat16Storage"
    case long = "LongStorage"
    case int = "IntStorage"
    case short = "ShortStorage"
    case char = "CharStorage"
    case byte = "ByteStorage"
    case bool = "BoolStorage"

    var width: Int {
        switch self {
        case .double, .long: 8
        case .float, .int: 4
        case .half, .bfloat16, .short: 2
        case .char, .byte, .bool: 1
        }
    }

    var isFloat: Bool { [.float, .double, .half, .bfloat16].contains(self) }
}
