#!/usr/bin/env python3
"""The networks of experiments/ in Keras on TensorFlow, trained by its `fit`."""

import os

os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
os.environ.setdefault("KERAS_BACKEND", "tensorflow")
os.environ.setdefault("CUDA_VISIBLE_DEVICES", "-1")

import common

args = common.arguments()

import keras
import tensorflow as tf
from keras import layers

tf.config.threading.set_intra_op_parallelism_threads(args.threads)
tf.config.threading.set_inter_op_parallelism_threads(args.threads)
keras.utils.set_random_seed(1337)

(x, y), (val_x, val_y) = common.images(args.system, args.train)
filters, latent, channels = common.network(args.system)

encoder = keras.Sequential([keras.Input(x.shape[1:])])
for count in filters:
    encoder.add(layers.Conv2D(count, 3, strides=2, padding="same", activation="relu"))
shape = encoder.output_shape[1:]
encoder.add(layers.Flatten())
encoder.add(layers.Dense(latent))
decoder = keras.Sequential([keras.Input((latent,))])
decoder.add(layers.Dense(shape[0] * shape[1] * shape[2]))
decoder.add(layers.Reshape(shape))
for count in reversed(filters):
    decoder.add(layers.Conv2DTranspose(count, 3, strides=2, padding="same", activation="relu"))
decoder.add(layers.Conv2DTranspose(channels, 3, padding="same", activation="sigmoid"))
model = keras.Sequential([keras.Input(x.shape[1:]), encoder, decoder])
jit = {"": "auto", "xla": True, "plain": False}[args.variant]
model.compile(optimizer="adam", loss="mse", jit_compile=jit)

name = " ".join(filter(None, ["Keras", args.variant]))
clock = common.Clock(name, f"Keras {keras.__version__}, TensorFlow {tf.__version__}", args)


class Tell(keras.callbacks.Callback):
    def on_epoch_begin(self, epoch, logs=None):
        clock.start()

    def on_epoch_end(self, epoch, logs=None):
        clock.epoch(epoch + 1, logs["loss"], logs["val_loss"])


class TellFirstStep(keras.callbacks.Callback):
    def on_train_batch_end(self, batch, logs=None):
        if batch == 0:
            print("first loss", float(logs["loss"]), flush=True)


model.fit(
    x,
    y,
    batch_size=args.batch,
    epochs=args.epochs,
    validation_data=(val_x, val_y),
    callbacks=[Tell()] + [TellFirstStep()] * args.first_step,
    verbose=0,
)
