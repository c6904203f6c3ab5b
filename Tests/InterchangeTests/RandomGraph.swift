import Basics
import NeuralNetworks

/// Small networks at random: up to six layers of every kind, with a branch in every other one.
struct RandomGraph {
    let seed: UInt64
    private var random: SeededRandom
    private(set) var layers: [JSONValue] = []
    private(set) var time: Int
    private(set) var features: Int
    private var shapes: [String: SampleShape] = [:]

    /// The graph of a seed; every seed has one.
    init(seed: UInt64) {
        self.seed = seed
        random = SeededRandom(seed: seed, 0x9e)
        time = 4 + random.index(below: 8)
        features = 2 * (1 + random.index(below: 3))
        shapes["input"] = SampleShape(time: time, channels: features)
        var trunk = grow(from: "input", count: 1 + random.index(below: 4))
        if random.index(below: 2) == 0 {
            let branch = grow(from: "input", count: 1 + random.index(below: 2))
            trunk = join(trunk, branch)
        }
        // Behind a flattened value there is often a dense layer: where orders show.
        if random.index(below: 4) > 0 {
            func named(_ kind: String, _ options: [(String, JSONValue)]) -> JSONValue {
                .map(
                    [("layer", .string(kind)), ("name", .string("n\(layers.count)")), ("from", .string(trunk))]
                        + options)
            }
            if let shape = shapes[trunk], shape.rows > 1 {
                trunk = put((named("flatten", []), SampleShape(time: 1, channels: shape.count)))
            }
            let units = 1 + random.index(below: 3)
            trunk = put((named("dense", [("units", .int(units))]), SampleShape(time: 1, channels: units)))
        }
    }

    var input: SampleShape { SampleShape(time: time, channels: features) }
    var text: String { layers.map { $0.text(.compact) }.joined(separator: "\n") }

    private mutating func grow(from: String, count: Int) -> String {
        var name = from
        for step in 0..<count {
            for _ in 0..<20 {
                guard let shape = shapes[name] else { break }
                var layer = candidate(shape)
                layer[key: "from"] = .string("input")
                guard let made = try? Network(layers: [layer], input: shape) else { continue }
                if made.output.count > 400 { continue }
                let next = "n\(layers.count)"
                layer[key: "name"] = .string(next)
                layer[key: "from"] = .string(name)
                layers.append(layer)
                shapes[next] = made.output
                name = next
                break
            }
            if name == from, step == count - 1 {
                layers.append(
                    .map(["layer": .string("tanh"), "name": .string("n\(layers.count)"), "from": .string(from)]))
                shapes["n\(layers.count - 1)"] = shapes[from]
                name = "n\(layers.count - 1)"
            }
        }
        return name
    }

    private mutating func join(_ a: String, _ b: String) -> String {
        guard let x = shapes[a], let y = shapes[b] else { return a }
        func node(_ kind: String, _ sources: [String], _ shape: SampleShape) -> (JSONValue, SampleShape) {
            (
                .map([
                    "layer": .string(kind), "name": .string("n\(layers.count)"),
                    "from": sources.count == 1 ? .string(sources[0]) : .strings(sources),
                ]), shape
            )
        }
        if x == y {
            let kind = ["add", "multiply", "average"][random.index(below: 3)]
            return put(node(kind, [a, b], x))
        }
        if x.time == y.time, x.width == y.width, random.index(below: 2) == 0 {
            return put(
                node("concat", [a, b], SampleShape(time: x.time, width: x.width, channels: x.channels + y.channels)))
        }
        let left = put(node("flatten", [a], SampleShape(time: 1, channels: x.count)))
        let right = put(node("flatten", [b], SampleShape(time: 1, channels: y.count)))
        return put(node("concat", [left, right], SampleShape(time: 1, channels: x.count + y.count)))
    }

    private mutating func put(_ made: (JSONValue, SampleShape)) -> String {
        let name = "n\(layers.count)"
        layers.append(made.0)
        shapes[name] = made.1
        return name
    }

    private mutating func number(_ range: ClosedRange<Int>) -> JSONValue {
        .int(range.lowerBound + random.index(below: range.count))
    }

    private mutating func pick(_ texts: [String]) -> JSONValue { .string(texts[random.index(below: texts.count)]) }
    private mutating func flag() -> JSONValue { .bool(random.index(below: 2) == 0) }

    /// A layer that may or may not fit.
    private mutating func candidate(_ shape: SampleShape) -> JSONValue {
        let paddings = ["valid", "same", "same-tensorflow", "causal"]
        func layer(_ kind: String, _ options: [(String, JSONValue)] = []) -> JSONValue {
            .map([("layer", .string(kind))] + options)
        }
        switch random.index(below: 22) {
        case 0: return layer("dense", [("units", number(1...5)), ("bias", flag())])
        case 1, 2, 3:
            return layer(
                "conv1d",
                [
                    ("filters", number(1...5)), ("kernel", number(1...4)), ("stride", number(1...3)),
                    ("padding", pick(paddings)), ("bias", flag()),
                ])
        case 4: return layer("reshape", [("width", .int(max(shape.channels / 2, 1)))])
        case 5, 6:
            return layer(
                "conv2d",
                [
                    ("filters", number(1...4)), ("kernel", .list([number(1...3), number(1...2)])),
                    ("stride", .list([number(1...2), number(1...2)])), ("padding", pick(paddings)),
                    ("paddingWidth", pick(["valid", "same-tensorflow", "same"])), ("bias", flag()),
                ])
        case 7:
            return layer(
                ["maxpool1d", "avgpool1d"][random.index(below: 2)],
                [("kernel", number(1...3)), ("stride", number(1...3)), ("padding", pick(paddings))])
        case 8:
            return layer(
                ["maxpool2d", "avgpool2d"][random.index(below: 2)],
                [("kernel", .list([number(1...3), number(1...2)])), ("padding", pick(paddings))])
        case 9, 10:
            return layer(
                "lstm",
                [
                    ("hidden", number(1...4)), ("layers", number(1...2)), ("bidirectional", flag()),
                    ("returnSequences", flag()),
                ])
        case 11, 12:
            return layer(
                "gru",
                [
                    ("hidden", number(1...4)), ("layers", number(1...2)), ("bidirectional", flag()),
                    ("returnSequences", flag()), ("reset", pick(["after", "before"])),
                ])
        case 13: return layer("attention", [("heads", number(1...2)), ("causal", flag())])
        case 14: return layer("batchnorm", [("epsilon", .double(1e-3)), ("momentum", .double(0.05))])
        case 15: return layer("layernorm")
        case 16, 17:
            return layer(
                ["relu", "leaky_relu", "sigmoid", "tanh", "gelu", "gelu_exact", "softmax"][random.index(below: 7)])
        case 18: return layer(["flatten", "transpose"][random.index(below: 2)])
        case 19: return layer("dropout", [("rate", .double(0.3)), ("perChannel", flag())])
        case 20: return layer("positional", [("encoding", pick(["learned", "sinusoidal"]))])
        default:
            switch random.index(below: 4) {
            case 0: return layer("bin")
            case 1: return layer("bilinear", [("units", number(1...4)), ("steps", number(1...4))])
            case 2: return layer("tabl", [("units", number(1...3)), ("steps", number(1...3))])
            default: return layer("embedding", [("entries", .int(4)), ("dimensions", .int(2)), ("channel", .int(0))])
            }
        }
    }
}
