"""How the figures look: one colour an engine or network, thin axes, no box."""

import matplotlib

matplotlib.use("Agg")

import matplotlib.pyplot as plt  # noqa: E402

# Okabe and Ito's colours, which stay apart for the colour-blind; the first is ninc's.
COLORS = ["#D55E00", "#0072B2", "#56B4E9", "#009E73", "#CC79A7", "#999999", "#E69F00"]


def apply():
    plt.rcParams.update({"font.size": 10, "axes.spines.top": False, "axes.spines.right": False, "axes.axisbelow": True,
                         "axes.titlesize": 11, "axes.titleweight": "bold", "legend.frameon": False,
                         "figure.dpi": 130, "savefig.bbox": "tight"})


def save(figure, path):
    figure.savefig(path)
    plt.close(figure)
