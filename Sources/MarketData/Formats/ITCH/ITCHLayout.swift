/// How a type of message of Nasdaq's TotalView-ITCH 5.0 lies in bytes, big-endian, behind its header.
///
/// Source: "Nasdaq TotalView-ITCH 5.0", sections 1.1 to 1.9.
package struct ITCHLayout: Sendable {
    /// What a field holds.
    package enum Kind: Sendable {
        case number
        /// Left-justified, padded with spaces.
        case text
        /// Dollars × 10,000.
        case price4
        /// Dollars × 100,000,000.
        case price8
    }

    /// Some bytes of a message.
    package struct Field: Sendable {
        /// As the specification calls the field.
        package let name: String
        /// From the type on.
        package let offset: Int
        /// Bytes.
        package let size: Int
        /// How its bytes are read.
        package let kind: Kind
    }

    /// The first byte of the message.
    package let type: UInt8
    /// As the specification calls the message.
    package let name: String
    /// Bytes from the type on, without the two that say it.
    package let length: Int
    /// Behind the header, in order.
    package let fields: [Field]

    /// Bytes of the header: type, stock locate, tracking number, nanoseconds after midnight.
    package static let headerLength = 11
    /// Bytes of the longest type.
    package static let longest = 50

    /// - Parameter fields: `name:size` with a `t`, `p` or `P` behind it for text and prices, `-` for bytes of no use.
    private init(_ type: Unicode.Scalar, _ name: String, _ fields: String) {
        var offset = ITCHLayout.headerLength, out: [Field] = []
        for word in fields.split(separator: " ") {
            let parts = word.split(separator: ":"), text = parts.last ?? ""
            let size = Int(text.prefix { $0.isNumber }) ?? 0
            let kind: Kind =
                switch text.last {
                case "t": .text
                case "p": .price4
                case "P": .price8
                default: .number
                }
            out.append(Field(name: String(parts.first ?? ""), offset: offset, size: size, kind: kind))
            offset += size
        }
        (self.type, self.name, self.fields, length) = (UInt8(ascii: type), name, out, offset)
    }

    /// Every type.
    package static let all: [ITCHLayout] = [
        .init("S", "system event", "code:1t"),
        .init(
            "R", "stock directory",
            "stock:8t market:1t financialStatus:1t roundLot:4 roundLotsOnly:1t class:1t subType:2t authenticity:1t "
                + "shortSaleThreshold:1t ipo:1t tier:1t etp:1t leverage:4 inverse:1t"),
        .init("H", "trading action", "stock:8t state:1t reserved:1t reason:4t"),
        .init("Y", "short sale restriction", "stock:8t action:1t"),
        .init("L", "participant position", "participant:4t stock:8t primary:1t mode:1t state:1t"),
        .init("V", "circuit breaker levels", "level1:8P level2:8P level3:8P"),
        .init("W", "circuit breaker status", "level:1t"),
        .init("K", "IPO quoting", "stock:8t releaseTime:4 qualifier:1t price:4p"),
        .init("J", "price collar", "stock:8t reference:4p upper:4p lower:4p extension:4"),
        .init("h", "operational halt", "stock:8t market:1t action:1t"),
        .init("A", "add order", "ref:8 side:1t shares:4 stock:8t price:4p"),
        .init("F", "add order with participant", "ref:8 side:1t shares:4 stock:8t price:4p participant:4t"),
        .init("E", "order executed", "ref:8 shares:4 match:8"),
        .init("C", "order executed with price", "ref:8 shares:4 match:8 printable:1t price:4p"),
        .init("X", "order cancelled", "ref:8 shares:4"), .init("D", "order deleted", "ref:8"),
        .init("U", "order replaced", "ref:8 newRef:8 shares:4 price:4p"),
        .init("P", "trade", "ref:8 side:1t shares:4 stock:8t price:4p match:8"),
        .init("Q", "cross trade", "shares:8 stock:8t price:4p match:8 cross:1t"),
        .init("B", "broken trade", "match:8"),
        .init(
            "I", "imbalance",
            "paired:8 imbalance:8 direction:1t stock:8t far:4p near:4p reference:4p cross:1t variation:1t"),
        .init("N", "retail interest", "stock:8t flag:1t"),
        .init(
            "O", "direct listing",
            "stock:8t eligible:1t minimum:4p maximum:4p near:4p nearTime:8 collarLow:4p collarHigh:4p"),
    ]

    /// The layout of a type, nil for a byte that is none.
    package static func of(_ type: UInt8) -> ITCHLayout? { all.first { $0.type == type } }

    /// Bytes of a type, 0 for a byte that is none.
    @inline(__always)
    static func length(_ type: UInt8) -> Int {
        switch type {
        case UInt8(ascii: "A"): 36
        case UInt8(ascii: "D"): 19
        case UInt8(ascii: "U"): 35
        case UInt8(ascii: "E"): 31
        case UInt8(ascii: "X"): 23
        case UInt8(ascii: "F"): 40
        case UInt8(ascii: "C"): 36
        case UInt8(ascii: "P"): 44
        case UInt8(ascii: "I"): 50
        default: rareLength(type)
        }
    }

    @inline(never)
    private static func rareLength(_ type: UInt8) -> Int {
        switch type {
        case UInt8(ascii: "S"), UInt8(ascii: "W"): 12
        case UInt8(ascii: "R"): 39
        case UInt8(ascii: "H"): 25
        case UInt8(ascii: "Y"), UInt8(ascii: "N"): 20
        case UInt8(ascii: "L"): 26
        case UInt8(ascii: "V"), UInt8(ascii: "J"): 35
        case UInt8(ascii: "K"): 28
        case UInt8(ascii: "h"): 21
        case UInt8(ascii: "Q"): 40
        case UInt8(ascii: "B"): 19
        case UInt8(ascii: "O"): 48
        default: 0
        }
    }
}
