/// Short pieces of Python for what PyTorch does not have, each written into `model.py` where it is needed.
enum TorchPart: String {
    case attend, bilinear, bin, dropChannels, embedding, lastStates, meanInside, positional, putBack, resetBefore, tabl

    /// The definition.
    var text: String {
        switch self {
        case .attend:
            """
            def attend(module, x, causal):
                mask = torch.ones(x.shape[1], x.shape[1], dtype=torch.bool, device=x.device).triu(1) if causal else None
                return module(x, x, x, attn_mask=mask, need_weights=False)[0]
            """
        case .lastStates:
            """
            def last_states(state, directions):
                \"\"\"The last hidden state of each direction; a backward run ends at the first step.\"\"\"
                hidden = state[0] if isinstance(state, tuple) else state
                return torch.cat(list(hidden[-directions:]), -1)
            """
        case .meanInside:
            """
            def mean_inside(pool, x, kernel, stride, edges):
                \"\"\"The mean of what lies inside the sample; padding is not counted.\"\"\"
                inside = pool(F.pad(torch.ones_like(x), edges), kernel, stride)
                return pool(F.pad(x, edges), kernel, stride) / inside
            """
        case .dropChannels:
            """
            def drop_channels(x, rate, training, axis):
                shape = [x.shape[0]] + [1] * (x.dim() - 1)
                shape[axis] = x.shape[axis]
                return x * F.dropout(x.new_ones(shape), rate, training)
            """
        case .putBack:
            """
            def put_back(x, pieces):
                \"\"\"Vectors that were flattened [C][T][W], in the order [T][W][C].\"\"\"
                parts = x.split([c * t * w for c, t, w in pieces], 1)
                return torch.cat([p.unflatten(1, s).permute(0, 2, 3, 1).flatten(1) for p, s in zip(parts, pieces)], 1)
            """
        case .positional:
            """
            class Positional(nn.Module):
                \"\"\"Adds to every step a vector that says which step it is.\"\"\"

                def __init__(self, time, channels, learned):
                    super().__init__()
                    if learned:
                        self.weight = nn.Parameter(torch.zeros(time, channels))
                        return
                    step = torch.arange(time, dtype=torch.float64)[:, None]
                    channel = torch.arange(channels)
                    angle = step / 10_000.0 ** ((channel // 2 * 2).double() / channels)
                    table = torch.where(channel % 2 == 0, angle.sin(), angle.cos()).float()
                    self.register_buffer("weight", table, persistent=False)

                def forward(self, x):
                    return x + self.weight
            """
        case .embedding:
            """
            class CodedChannel(nn.Module):
                \"\"\"Replaces one channel, a whole number, by a learned vector behind the others.\"\"\"

                def __init__(self, entries, dimensions, channel):
                    super().__init__()
                    self.weight, self.channel = nn.Parameter(torch.zeros(entries, dimensions)), channel

                def forward(self, x):
                    code = torch.nan_to_num(x[..., self.channel], 0.0, 0.0, 0.0)
                    code = (code + 0.5).floor().clamp(0, len(self.weight) - 1).long()
                    return torch.cat([x[..., : self.channel], x[..., self.channel + 1 :], self.weight[code]], -1)
            """
        case .bin: TorchPart.normalisation
        case .bilinear:
            """
            class Bilinear(nn.Module):
                \"\"\"W1 · X · W2 + B of features x time.\"\"\"

                def __init__(self, time, features, steps, units):
                    super().__init__()
                    self.w1 = nn.Parameter(torch.zeros(units, features))
                    self.w2 = nn.Parameter(torch.zeros(time, steps))
                    self.bias = nn.Parameter(torch.zeros(units, steps))

                def forward(self, x):
                    return torch.einsum("ntf,uf,ts->nsu", x, self.w1, self.w2) + self.bias.t()
            """
        case .tabl: TorchPart.temporalAttention
        case .resetBefore: TorchPart.gru
        }
    }

    private static let normalisation = """
        class BilinearNormalisation(nn.Module):
            \"\"\"Standardised over features and over time, mixed; deviations below 1e-4 count as 1.\"\"\"

            def __init__(self, time, features):
                super().__init__()
                self.l1, self.b1 = nn.Parameter(torch.ones(time)), nn.Parameter(torch.zeros(time))
                self.l2, self.b2 = nn.Parameter(torch.ones(features)), nn.Parameter(torch.zeros(features))
                self.y = nn.Parameter(torch.full((2,), 0.5))

            @staticmethod
            def standard(x, axis):
                centred = x - x.mean(axis, keepdim=True)
                deviation = (centred.square().sum(axis, keepdim=True) / (x.shape[axis] - 1)).sqrt()
                return centred / torch.where(deviation < 1e-4, torch.ones_like(deviation), deviation)

            def forward(self, x):
                first = self.l1[:, None] * self.standard(x, 2) + self.b1[:, None]
                return self.y[0] * first + self.y[1] * (self.l2 * self.standard(x, 1) + self.b2)
        """

    private static let temporalAttention = """
        class TemporalAttentionBilinear(nn.Module):
            \"\"\"A bilinear layer that attends to time steps; the diagonal of W is fixed at 1/T.\"\"\"

            def __init__(self, time, features, steps, units):
                super().__init__()
                self.w1, self.w = nn.Parameter(torch.zeros(units, features)), nn.Parameter(torch.zeros(time, time))
                self.w2, self.bias = nn.Parameter(torch.zeros(time, steps)), nn.Parameter(torch.zeros(units, steps))
                self.register_parameter("lambda", nn.Parameter(torch.full((1,), 0.5)))

            def forward(self, x):
                base, time = x @ self.w1.t(), self.w.shape[0]
                mixing = self.w.masked_fill(torch.eye(time, dtype=torch.bool, device=x.device), 1 / time)
                attention = torch.softmax(torch.einsum("ntu,ts->nsu", base, mixing), 1)
                share = getattr(self, "lambda")
                blend = share * base + (1 - share) * base * attention
                return torch.einsum("ntu,ts->nsu", blend, self.w2) + self.bias.t()
        """

    private static let gru = """
        class ResetBeforeGRU(nn.Module):
            \"\"\"A GRU whose reset gate acts on the state before the product, with the parameters of nn.GRU.\"\"\"

            def __init__(self, inputs, hidden, num_layers=1, batch_first=True, bidirectional=False):
                super().__init__()
                self.hidden, self.layers = hidden, num_layers
                self.suffixes = ["", "_reverse"] if bidirectional else [""]
                shapes = {"bias_ih": (), "weight_hh": (hidden,), "bias_hh": ()}
                for layer in range(num_layers):
                    width = inputs if layer == 0 else hidden * len(self.suffixes)
                    for suffix in self.suffixes:
                        for kind, shape in {"weight_ih": (width,), **shapes}.items():
                            name = f"{kind}_l{layer}{suffix}"
                            self.register_parameter(name, nn.Parameter(torch.zeros(3 * hidden, *shape)))

            def run(self, x, end):
                kinds = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
                w, u, b, c = (getattr(self, f"{kind}_{end}") for kind in kinds)
                h, n, out = x.new_zeros(x.shape[0], self.hidden), self.hidden, []
                for t in range(x.shape[1]):
                    a = x[:, t] @ w.t() + b
                    gates = torch.sigmoid(a[:, : 2 * n] + h @ u[: 2 * n].t() + c[: 2 * n])
                    reset, update = gates[:, :n], gates[:, n:]
                    new = torch.tanh(a[:, 2 * n :] + (reset * h) @ u[2 * n :].t() + c[2 * n :])
                    h = (1 - update) * new + update * h
                    out.append(h)
                return torch.stack(out, 1), h

            def forward(self, x):
                for layer in range(self.layers):
                    runs = []
                    for suffix in self.suffixes:
                        out, last = self.run(x.flip(1) if suffix else x, f"l{layer}{suffix}")
                        runs.append((out.flip(1) if suffix else out, last))
                    x = torch.cat([out for out, _ in runs], -1)
                return x, torch.stack([last for _, last in runs])
        """
}
