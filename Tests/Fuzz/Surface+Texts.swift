import Basics
import ConfigurationFiles
import DataVersioning
import Features
import Foundation
import MarketData
import Registry
import Tables

extension Surface {
    private static let md5 = "d41d8cd98f00b204e9800998ecf8427e"

    /// Texts that people write: configuration, expressions, filters, dates.
    static let texts: [Surface] = [
        Surface(
            "json", [#"{"a": [1, -2.5e3, true, null], "b": {"c": "\u00e9\ud83d\ude00\n", "d": 12345678901234567890}}"#]
        ) {
            let node = try JSONParser.parse($0)
            _ = (node.text(.pretty), node.text(.canonical), node.leaves())
        },
        Surface(
            "yaml",
            [
                "a: 1\nb: [x, 'y', \"z\"]\nc: &c {d: 0x1F, e: 1_000, f: .inf}\ng: *c\nh:\n  <<: *c\n  i: |\n    text\n",
                "stages:\n  s:\n    cmd: echo ${a.b}\n    deps: [x]\n    outs:\n    - y: {cache: false}\n",
            ]
        ) { _ = try YAMLFile.parse($0, file: "fuzz.yaml").text(.canonical) },
        Surface(
            "toml",
            [
                "a = 1\n[b]\nc = [1, 2.5]\nd.e = \"x\"\n[[f]]\ng = 2020-01-01T00:00:00Z\nh = 0xFF\ni = {j = 1}\n",
                "[train]\nlr = 0.001\nlayers = [\"a\", 'b']\nday = 1979-05-27\nat = 07:32:00\ns = \"\"\"\nx\n\"\"\"\n",
            ]
        ) { _ = try ParameterFile.parse($0, file: "params.toml").text(.canonical) },
        Surface(
            "python",
            ["lr = 0.001\nlayers = [1, 2, (3, 'x')]\nclass Train:\n    epochs: int = 3\n    d = {'a': None}\n"]
        ) { _ = try ParameterFile.parse($0, file: "params.py").text(.canonical) },
        Surface(
            "pointer",
            [
                "outs:\n- md5: \(md5).dir\n  size: 12\n  nfiles: 2\n  hash: md5\n  path: data\n",
                "md5: \(md5)\nfrozen: true\ndeps:\n- path: x\n  repo:\n    url: u\n    rev_lock: r\n"
                    + "outs:\n- md5: \(md5)\n  size: 1\n  path: x\n",
            ]
        ) { _ = try PointerFile("/w/x.dvc", text: $0) },
        Surface(
            "lock",
            [
                "schema: '2.0'\nstages:\n  s:\n    cmd: echo 1\n    deps:\n    - path: a\n      hash: md5\n"
                    + "      md5: \(md5)\n      size: 4\n    params:\n      params.yaml:\n"
                    + "        lr: 0.1\n        1: x\n    outs:\n    - path: b\n      md5: \(md5)\n"
            ]
        ) {
            var lock = try LockFile("dvc.lock", text: $0)
            _ = lock.text()
        },
        Surface(
            "expression", weight: 8,
            [
                "mean(close / delay(close, 1) - 1, 12)", "(high - low) / close",
                "log(volume + 1) - ema(log(volume), 20)",
                "imbalance(3)", "-close * 1e-3 + 2.5",
            ]
        ) {
            let program = FeatureProgram([try FeatureExpression.parse($0, at: nil)])
            var state = FeatureProgram.State(program)
            var row: Float = 0
            for step in 0..<3 {
                var inputs = FeatureProgram.Inputs()
                (inputs.open, inputs.high, inputs.low, inputs.close) = (1, 2, 0.5, Double(step))
                _ = state.push(inputs, program, into: &row)
            }
        },
        Surface(
            "filter",
            [
                "metrics.auc > 0.5 AND params.kind = 'lstm'",
                "tags.`mlflow.runName` IN ('a', 'b') and status != 'FAILED'",
                "params.kind LIKE 'l%' AND tags.x IS NOT NULL",
            ]
        ) {
            _ = try FilterExpression($0)
            _ = try OrderTerm($0)
        },
        Surface("time", ["2026-03-12T13:30:15.25Z", "2012-06-21", "2026-03-12 13:30", "9999-12-31T23:59:59Z"]) {
            if let time = TimeText.parseUTC($0) { _ = TimeText.utc(time) }
            if let time = Int64($0) { _ = TimeText.utc(time) }
            if let date = CivilDate($0) { _ = (date.weekday, date.description) }
            _ = TimeText.parseWallClock($0)
        },
        Surface("decimal", ["12.3400", "-0.00001", "1e5", "9223372036854775807", "999999999.999999999"]) { text in
            for decimals in [0, 4, 9, 18] {
                for rounds in [true, false] {
                    let bytes = Array(text.utf8)
                    if let value = try? bytes.withUnsafeBufferPointer({
                        try FixedPoint.parse($0, decimals: decimals, rounds: rounds)
                    }) {
                        _ = FixedPoint.text(value, decimals: decimals)
                    }
                }
            }
        },
        Surface("arguments", ["training.epochs=3", "layers.0.units=64", "a.b.c=[1, {d: 2}]"]) { text in
            let parts = text.split(separator: "=", maxSplits: 1).map(String.init)
            guard parts.count == 2 else { return }
            var node = try YAMLFile.parse("training: {epochs: 1}\nlayers: [{units: 1}]\na: {b: 1}\n", file: "f.yaml")
            try node.set(path: parts[0], to: try YAMLFile.parse(parts[1], file: "argument"))
            _ = node[path: parts[0]]
        },
    ]
}
