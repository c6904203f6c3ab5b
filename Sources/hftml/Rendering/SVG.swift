import Basics
import Documents
import Foundation

/// Pieces of SVG pictures.
enum SVG {
    static func escaped(_ text: String) -> String { CheckReport.escaped(text) }

    static func label(_ value: Double) -> String {
        let size = abs(value)
        return size != 0 && (size < 0.001 || size >= 100_000)
            ? String(format: "%.2e", value) : fixed(value, size < 1 ? 4 : size < 100 ? 3 : 0)
    }

    /// From blue (0, good) over grey to orange (1, bad); tells apart for the colour-blind too.
    static func color(_ t: Double) -> String {
        let stops: [(Double, Double, Double)] = [(28, 99, 176), (150, 160, 170), (214, 112, 28)]
        let u = min(max(t.isFinite ? t : 1, 0), 1) * 2, k = min(Int(u), 1), f = u - Double(k), a = stops[k],
            b = stops[k + 1]
        func mix(_ x: Double, _ y: Double) -> Int { Int((x + (y - x) * f).rounded()) }
        return String(format: "#%02x%02x%02x", mix(a.0, b.0), mix(a.1, b.1), mix(a.2, b.2))
    }

    /// A line through points of the picture.
    static func path(_ points: [(Double, Double)]) -> String {
        "<path class=\"best\" d=\"\(steps(points))\"/>"
    }

    static func steps(_ points: [(Double, Double)]) -> String {
        points.enumerated().map { "\($0.offset == 0 ? "M" : "L")\($0.element.0),\($0.element.1)" }.joined()
    }

    /// A plot area with axes.
    struct Frame {
        let width: Double
        let height: Double
        let x: (Double, Double)
        let y: (Double, Double)
        private let left = 70.0
        private let bottom = 40.0

        init(width: Double, height: Double, x: (Double, Double), y: (Double, Double)) {
            (self.width, self.height) = (width, height)
            // Nothing is drawn on the edge, and a single value still has room around it.
            func wide(_ r: (Double, Double)) -> (Double, Double) {
                let pad = r.1 > r.0 ? (r.1 - r.0) * 0.03 : max(abs(r.0) * 0.1, 1e-9)
                return (r.0 - pad, r.1 + pad)
            }
            (self.x, self.y) = (wide(x), wide(y))
        }

        func px(_ v: Double) -> Double { ((left + (v - x.0) / (x.1 - x.0) * (width - left - 10)) * 10).rounded() / 10 }

        func py(_ v: Double) -> Double {
            let t = min(max((v - y.0) / (y.1 - y.0), 0), 1)
            return ((height - bottom - t * (height - bottom - 10)) * 10).rounded() / 10
        }

        func dot(_ a: Double, _ b: Double, color: String, tip: String) -> String {
            "<circle cx=\"\(px(a))\" cy=\"\(py(b))\" r=\"4\" fill=\"\(color)\"><title>\(tip)</title></circle>"
        }

        func dot(_ a: Int, _ b: Double, color: String, tip: String) -> String {
            dot(Double(a), b, color: color, tip: tip)
        }

        func svg(
            _ body: String, xLabel: String, yLabel: String, xTicks: [(Double, String)]? = nil,
            yTicks: [(Double, String)]? = nil
        ) -> String {
            let horizontal = xTicks ?? [0.0, 0.5, 1].map { x.0 + $0 * (x.1 - x.0) }.map { ($0, SVG.label($0)) }
            let vertical = yTicks ?? [0.05, 0.5, 0.95].map { y.0 + $0 * (y.1 - y.0) }.map { ($0, SVG.label($0)) }
            var axes = "<path class=\"axis\" d=\"M\(left),10V\(height - bottom)H\(width - 10)\"/>"
            for (value, text) in horizontal {
                // The last one must not run out of the picture.
                let anchor = px(value) > width - 40 ? "end" : "middle"
                axes +=
                    "<text x=\"\(px(value))\" y=\"\(height - bottom + 16)\" text-anchor=\"\(anchor)\">\(SVG.escaped(text))</text>"
            }
            for (value, text) in vertical {
                axes += "<text x=\"\(left - 6)\" y=\"\(py(value) + 4)\" text-anchor=\"end\">\(SVG.escaped(text))</text>"
            }
            axes +=
                "<text x=\"\((left + width) / 2)\" y=\"\(height - 6)\" text-anchor=\"middle\">\(SVG.escaped(xLabel))</text>"
            axes +=
                "<text x=\"12\" y=\"\((height - bottom) / 2)\" text-anchor=\"middle\" transform=\"rotate(-90 12 \((height - bottom) / 2))\">\(SVG.escaped(yLabel))</text>"
            return
                "<svg width=\"\(width)\" height=\"\(height)\" viewBox=\"0 0 \(width) \(height)\">\(axes)\(body)</svg>"
        }
    }
}
