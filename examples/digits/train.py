"""Trains the Network In Network of nin_digits.nin on 8x8 handwritten digits.

Data: E. Alpaydin and C. Kaynak, "Optical Recognition of Handwritten Digits", UCI Machine Learning
Repository, 1998. scikit-learn bundles 1,797 of its images, 8x8 pixels of 0..16. A stratified quarter (450)
is held out and never trained on; the fixed number of epochs is the only stopping rule.

Network (Lin, Chen, Yan, "Network In Network", arXiv 1312.4400): three mlpconv stages, each a 3x3 convolution
and two 1x1 convolutions, with ReLU after every one, the last included; global average pooling turns the ten
confidence maps into ten logits. Dropout stands between the stages. A ReLU straight before the logits invites
dead classes, so early in training the ReLUs leak.

Writes, beside this file: nin_digits.safetensors, test_images.npy, test_labels.npy.
"""

from functools import partial
from pathlib import Path
import time

import jax
import jax.numpy as jnp
import numpy as np
from safetensors.numpy import save_file
from sklearn.datasets import load_digits
from sklearn.model_selection import train_test_split

HERE = Path(__file__).resolve().parent
STAGES = {"stage1": (32, 24, 24), "stage2": (32, 32, 32), "maps": (32, 32, 10)}  # channels after each layer
CLASSES = 10
PIXEL_SCALE = 1 / 16  # to 0..1

SEED = 0
EPOCHS = 80
BATCH = 32
PEAK_RATE = 5e-3
DROPOUT = 0.2
WEIGHT_DECAY = 1e-5
MAP_PENALTY = 2e-3  # on the mean square of the maps: evidence spreads over the strokes, not into one pixel
INITIAL_LEAK = 0.1  # of the ReLUs: without it a confidence map that is zero on every image never recovers
LABEL_SMOOTHING = 0.1  # keeps the logits small, so that the probabilities stay away from exactly 0 and 1
MAX_ROTATION = 0.15  # radians
MAX_SHIFT = 0.5  # pixels; the digits fill the whole frame, so a larger shift cuts strokes off


def load_split():
    """Images uint8 [N, 1, 8, 8] of 0..16 and labels uint8 [N]: train images, test images, train and test labels."""
    digits = load_digits()
    images = digits.images.astype(np.uint8)[:, None]
    labels = digits.target.astype(np.uint8)
    return train_test_split(images, labels, test_size=0.25, stratify=labels, random_state=SEED)


def initial_parameters(key):
    """He-initialised weights, zero biases."""
    parameters, inputs = {}, 1
    for stage, channels in STAGES.items():
        for layer, outputs in enumerate(channels):
            size = 3 if layer == 0 else 1
            key, draw = jax.random.split(key)
            deviation = np.sqrt(2 / (inputs * size * size))
            parameters[f"{stage}.{layer}.weight"] = deviation * jax.random.normal(draw, (outputs, inputs, size, size))
            parameters[f"{stage}.{layer}.bias"] = jnp.zeros(outputs)
            inputs = outputs
    return parameters


def mlpconv(parameters, stage, x, leak=0):
    """A 3x3 and two 1x1 convolutions with ReLU. In training a part `leak` of what is below zero passes."""
    for layer in range(len(STAGES[stage])):
        weight = parameters[f"{stage}.{layer}.weight"]
        bias = parameters[f"{stage}.{layer}.bias"]
        x = jax.lax.conv_general_dilated(x, weight, (1, 1), "SAME") + bias[:, None, None]
        x = jnp.maximum(x, leak * x)
    return x


def max_pool_3x3(x):
    return jax.lax.reduce_window(x, -jnp.inf, jax.lax.max, (1, 1, 3, 3), (1, 1, 1, 1), "SAME")


def dropout(x, key):
    return jnp.where(jax.random.bernoulli(key, 1 - DROPOUT, x.shape), x / (1 - DROPOUT), 0)


def confidence_maps(parameters, images, key=None, leak=0):
    """Images [N, 1, 8, 8] -> maps [N, 10, 8, 8], whose means are the logits. Dropout acts only with a key."""
    x = max_pool_3x3(mlpconv(parameters, "stage1", images, leak))
    if key is not None:
        x = dropout(x, jax.random.fold_in(key, 1))
    x = mlpconv(parameters, "stage2", x, leak)
    if key is not None:
        x = dropout(x, jax.random.fold_in(key, 2))
    return mlpconv(parameters, "maps", x, leak)


def rotate_and_shift(image, angle, shift):
    """Bilinear resampling of one image [8, 8] about its centre; what comes from outside is paper (0)."""
    y, x = jnp.meshgrid(jnp.arange(8) - 3.5, jnp.arange(8) - 3.5, indexing="ij")
    cosine, sine = jnp.cos(angle), jnp.sin(angle)
    source = [cosine * y - sine * x + 3.5 + shift[0], sine * y + cosine * x + 3.5 + shift[1]]
    return jax.scipy.ndimage.map_coordinates(image, source, order=1, mode="constant")


def augment(images, key):
    for_angle, for_shift = jax.random.split(key)
    angles = jax.random.uniform(for_angle, (len(images),), minval=-MAX_ROTATION, maxval=MAX_ROTATION)
    shifts = jax.random.uniform(for_shift, (len(images), 2), minval=-MAX_SHIFT, maxval=MAX_SHIFT)
    return jax.vmap(rotate_and_shift)(images[:, 0], angles, shifts)[:, None]


def loss(parameters, images, labels, key, progress):
    """Cross-entropy and penalties. As progress goes from 0 to 1 the map penalty grows and the leak ends halfway,
    so that the second half trains the network that runs: plain ReLU."""
    leak = INITIAL_LEAK * jnp.maximum(1 - 2 * progress, 0)
    wanted = (1 - LABEL_SMOOTHING) * jax.nn.one_hot(labels, CLASSES) + LABEL_SMOOTHING / CLASSES
    maps = confidence_maps(parameters, images, key, leak)
    cross_entropy = -(wanted * jax.nn.log_softmax(maps.mean((2, 3)))).sum(1).mean()
    squares = sum((value**2).sum() for name, value in parameters.items() if name.endswith("weight"))
    return cross_entropy + progress * MAP_PENALTY * (maps**2).mean() + WEIGHT_DECAY * squares


def adam(parameters, moments, gradient, step, rate):
    """One step of Adam (Kingma and Ba 2015); step counts from 1."""
    first, second = moments
    first = jax.tree.map(lambda m, g: 0.9 * m + 0.1 * g, first, gradient)
    second = jax.tree.map(lambda v, g: 0.999 * v + 0.001 * g * g, second, gradient)

    def moved(p, m, v):
        return p - rate * (m / (1 - 0.9**step)) / (jnp.sqrt(v / (1 - 0.999**step)) + 1e-8)

    return jax.tree.map(moved, parameters, first, second), (first, second)


@partial(jax.jit, static_argnames="steps")
def train_epoch(parameters, moments, key, epoch, images, labels, steps):
    """One pass over the images in random batches, on a cosine from PEAK_RATE to 0 over all epochs."""
    order = jax.random.permutation(jax.random.fold_in(key, 0), len(images))[: steps * BATCH]

    def train_batch(state, batch):
        parameters, moments = state
        index, members = batch
        for_images, for_dropout = jax.random.split(jax.random.fold_in(key, index + 1))
        step = epoch * steps + index + 1
        progress = step / (EPOCHS * steps)
        rate = PEAK_RATE * 0.5 * (1 + jnp.cos(jnp.pi * progress))
        varied = augment(images[members], for_images)
        gradient = jax.grad(loss)(parameters, varied, labels[members], for_dropout, progress)
        return adam(parameters, moments, gradient, step, rate), None

    batches = (jnp.arange(steps), order.reshape(steps, BATCH))
    return jax.lax.scan(train_batch, (parameters, moments), batches)[0]


def accuracy(parameters, images, labels):
    logits = jax.jit(confidence_maps)(parameters, images).mean((2, 3))
    return float((logits.argmax(1) == labels).mean())


def main():
    train_images, test_images, train_labels, test_labels = load_split()
    np.save(HERE / "test_images.npy", test_images)
    np.save(HERE / "test_labels.npy", test_labels)

    images = train_images.astype(np.float32) * PIXEL_SCALE
    for_weights, for_epochs = jax.random.split(jax.random.key(SEED))
    parameters = initial_parameters(for_weights)
    steps = len(images) // BATCH
    zeros = jax.tree.map(jnp.zeros_like, parameters)
    moments = (zeros, zeros)
    start = time.monotonic()
    for epoch in range(EPOCHS):
        key = jax.random.fold_in(for_epochs, epoch)
        parameters, moments = train_epoch(parameters, moments, key, epoch, images, train_labels, steps)
        if (epoch + 1) % 10 == 0:
            seen = accuracy(parameters, images, train_labels)
            print(f"epoch {epoch + 1:3}  {time.monotonic() - start:4.0f} s  train accuracy {seen:.4f}", flush=True)

    unseen = accuracy(parameters, test_images.astype(np.float32) * PIXEL_SCALE, test_labels)
    print(f"held-out accuracy {unseen:.4f} on {len(test_labels)} images")
    save_file({name: np.asarray(parameters[name]) for name in sorted(parameters)}, HERE / "nin_digits.safetensors")


if __name__ == "__main__":
    main()
