import Basics

/// One layer of a Keras graph: what stands in a model's configuration.
struct KerasLayer {
    /// Such as `Conv1D`.
    let type: String
    let name: String
    /// Options, by Keras' names.
    let config: JSONValue
    /// Names of the layers that it reads, in order.
    let inputs: [String]
    /// Options of the call, such as `use_causal_mask`.
    var call: JSONValue = .map([])
    /// Its arrays, in Keras' order; of graphs that we write.
    var weights: [KerasArrays.Weight] = []

    /// `Conv1D` as Keras 3 names groups of weights: `conv1d`.
    ///
    /// As `to_snake_case` of keras/src/utils/naming.py: a capital behind a small letter, or before one, gets an
    /// underscore.
    static func snake(_ type: String) -> String {
        let letters = Array(type)
        var out = ""
        for (i, letter) in letters.enumerated() {
            let isCapital = letter.isUppercase
            let afterSmall = i > 0 && letters[i - 1].isLowercase
            let beforeSmall = i > 0 && i + 1 < letters.count && letters[i + 1].isLowercase
            if isCapital, afterSmall || beforeSmall { out += "_" }
            out += letter.lowercased()
        }
        return out
    }

    /// Groups of weights of layers in order: their types, counted from the second of a type on.
    static func groups(_ layers: [KerasLayer]) -> [String] {
        var seen: [String: Int] = [:]
        return layers.map { layer in
            let name = snake(layer.type), count = seen[name]
            seen[name] = (count ?? -1) + 1
            return count == nil ? name : "\(name)_\((count ?? 0) + 1)"
        }
    }

    /// Layers in the order in which Keras keeps them: those furthest from the output first, and at one depth in the
    /// order of a walk from the output (`map_graph` in keras/src/ops/function.py). Weights of a model without names are
    /// in it.
    static func inKerasOrder(_ layers: [KerasLayer], output: String) -> [KerasLayer] {
        var index: [String: Int] = [:]
        for (i, layer) in layers.enumerated() { index[layer.name] = i }
        guard let last = index[output] else { return layers }
        // Iterative, because a chain may be thousands of layers long.
        var visited: [Int: Int] = [:], finished: [Int] = [], stack: [(layer: Int, next: Int)] = [(last, 0)]
        visited[last] = 0
        while let (layer, next) = stack.last {
            guard next < layers[layer].inputs.count else {
                finished.append(layer)
                stack.removeLast()
                continue
            }
            stack[stack.count - 1].next += 1
            guard let source = index[layers[layer].inputs[next]], visited[source] == nil else { continue }
            visited[source] = visited.count
            stack.append((source, 0))
        }
        var depth: [Int: Int] = [:]
        for layer in finished.reversed() {
            let own = depth[layer] ?? 0
            depth[layer] = own
            for name in layers[layer].inputs {
                guard let source = index[name] else { continue }
                depth[source] = max(depth[source] ?? 0, own + 1)
            }
        }
        return finished.sorted { a, b in
            let x = depth[a] ?? 0, y = depth[b] ?? 0
            return x != y ? x > y : (visited[a] ?? 0) < (visited[b] ?? 0)
        }.map { layers[$0] }
    }
}
