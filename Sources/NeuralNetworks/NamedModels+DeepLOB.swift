import Basics

/// The three networks that are called DeepLOB (Zhang, Zohren & Roberts 2019, arXiv:1808.03668, and the authors'
/// notebooks), for windows of ten levels of ask price, ask size, bid price, bid size.
enum DeepLOB {
    enum Variant {
        case paper, keras, torch

        var filters: Int { self == .paper ? 16 : 32 }
        var inception: Int { self == .paper ? 32 : 64 }
    }

    static func layers(_ variant: Variant) -> [JSONValue] {
        var all: [JSONValue] = [.map(["layer": .string("reshape"), "width": .int(40)])]
        let time = variant == .torch ? "valid" : "same"
        func activate(_ kind: String) {
            all.append(.map(["layer": .string(kind)]))
            if variant == .torch { all.append(.map(["layer": .string("batchnorm")])) }
        }
        // Three blocks narrow the book: price with size, bid with ask, then all levels.
        let widths = [(2, 2), (2, 2), (10, 1)]
        for (block, (kernel, stride)) in widths.enumerated() {
            let kind = variant == .torch && block == 1 ? "tanh" : "leaky_relu"
            all.append(conv(variant.filters, [1, kernel], [1, stride], "valid"))
            activate(kind)
            for _ in 0..<2 {
                all.append(conv(variant.filters, [4, 1], [1, 1], time))
                activate(kind)
            }
        }
        all[all.count - 1] = named(all[all.count - 1], "trunk", from: nil)
        all += inception(variant)
        if variant == .keras {
            all.append(.map(["layer": .string("dropout"), "rate": .double(0.2), "perChannel": .bool(true)]))
        }
        all.append(.map(["layer": .string("lstm"), "hidden": .int(64)]))
        all.append(.map(["layer": .string("dense"), "units": .int(3)]))
        guard variant != .torch else { return all }
        // Made with TensorFlow, whose starts let the signal through all layers without a norm.
        return all.map { node in
            ["conv2d", "lstm", "dense"].contains(node[key: "layer"]?.stringValue ?? "")
                ? .map((node.mapValue ?? []).map { ($0.key, $0.value) } + [("init", .string("keras"))]) : node
        }
    }

    /// Three views of the trunk at different reach in time, side by side.
    private static func inception(_ variant: Variant) -> [JSONValue] {
        let n = variant.inception
        var all: [JSONValue] = []
        func branch(_ name: String, _ first: [JSONValue]) {
            var nodes = first.flatMap { node -> [JSONValue] in
                guard node[key: "layer"]?.stringValue == "conv2d" else { return [node] }
                let activation: JSONValue = .map(["layer": .string("leaky_relu")])
                return variant == .torch
                    ? [node, activation, .map(["layer": .string("batchnorm")])] : [node, activation]
            }
            nodes[0] = named(nodes[0], nil, from: "trunk")
            nodes[nodes.count - 1] = named(nodes[nodes.count - 1], name, from: nil)
            all += nodes
        }
        branch("short", [conv(n, [1, 1], [1, 1], "same"), conv(n, [3, 1], [1, 1], "same")])
        branch("long", [conv(n, [1, 1], [1, 1], "same"), conv(n, [5, 1], [1, 1], "same")])
        branch(
            "pooled",
            [
                .map([
                    "layer": .string("maxpool2d"), "kernel": .list([.int(3), .int(1)]),
                    "stride": .list([.int(1), .int(1)]), "padding": .string("same"),
                ]), conv(n, [1, 1], [1, 1], "same"),
            ])
        all.append(.map(["layer": .string("concat"), "from": .strings(["short", "long", "pooled"])]))
        return all
    }

    private static func conv(_ filters: Int, _ kernel: [Int], _ stride: [Int], _ padding: String) -> JSONValue {
        .map([
            "layer": .string("conv2d"), "filters": .int(filters), "kernel": .list(kernel.map { .int($0) }),
            "stride": .list(stride.map { .int($0) }),
            "padding": .string(padding),
        ])
    }

    private static func named(_ node: JSONValue, _ name: String?, from: String?) -> JSONValue {
        let entries = (node.mapValue ?? []).map { ($0.key, $0.value) }
        return .map(
            entries + (name.map { [("name", .string($0))] } ?? []) + (from.map { [("from", .string($0))] } ?? []))
    }
}

/// Self-attention over time, then over features, in turn: the idea of TLOB (Berti & Kasneci 2025, arXiv:2502.15757).
enum DualAttention {
    static func layers(hidden: Int, blocks: Int, window: Int) -> [JSONValue] {
        func layer(_ kind: String, _ options: [(String, JSONValue)] = []) -> JSONValue {
            .map([("layer", .string(kind))] + options)
        }
        var all = [
            layer("bin"), layer("dense", [("units", .int(hidden))]), layer("positional", [("name", .string("b0"))]),
        ]
        var last = "b0", width = hidden, other = window
        for block in 1...2 * blocks {
            let middle = "m\(block)", end = "b\(block)"
            all += [
                layer("layernorm", [("from", .string(last))]),
                layer("attention", [("heads", .int(1)), ("name", .string("a\(block)"))]),
                layer("add", [("from", .strings([last, "a\(block)"])), ("name", .string(middle))]), layer("layernorm"),
                layer("dense", [("units", .int(4 * width))]), layer("gelu"),
                layer("dense", [("units", .int(width)), ("name", .string("f\(block)"))]),
                layer("add", [("from", .strings([middle, "f\(block)"])), ("name", .string("s\(block)"))]),
                layer("transpose", [("name", .string(end))]),
            ]
            last = end
            swap(&width, &other)
        }
        return all + [
            layer("flatten"), layer("dense", [("units", .int(128))]), layer("gelu"),
            layer("dense", [("units", .int(3))]),
        ]
    }
}
