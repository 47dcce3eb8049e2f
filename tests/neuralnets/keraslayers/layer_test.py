"""What every layer owes: one check of configuration, shapes, weights and training."""

import numpy as np
import tensorflow as tf


def run_layer_test(
    layer_class, config, inputs, arguments, output_shape, weights, loss=None
):
    """Check a layer that is built from `config`; return its output.

    Args:
        layer_class: The class of the layer.
        config: Arguments of its constructor; `get_config` must give them back.
        inputs: What the layer is called on, a float tensor or a list of them.
        arguments: Further arguments of the call.
        output_shape: The shape that the output must have.
        weights: The number of weight tensors.
        loss: `(layer, output) -> scalar`, None: mean square of the output. A step of
            gradient descent must change every weight and lower it.
    """
    layer = layer_class(**config)
    output = layer(inputs, **arguments)
    assert tuple(output.shape) == tuple(output_shape)
    assert len(layer.weights) == len(layer.trainable_weights) == weights

    given = layer.get_config()
    assert {key: given[key] for key in config} == config
    twin = layer_class.from_config(given)
    assert twin.get_config() == given
    twin(inputs, **arguments)  # builds it
    twin.set_weights([w + 0.25 for w in layer.get_weights()])
    twin.set_weights(layer.get_weights())
    np.testing.assert_array_equal(twin(inputs, **arguments), output)

    if "compute_output_shape" in vars(layer_class):
        assert tuple(layer.compute_output_shape(inputs.shape)) == tuple(output_shape)

    _check_training_step(layer, inputs, arguments, loss or _mean_square)
    return output


def _check_training_step(layer, inputs, arguments, loss):
    with tf.GradientTape() as tape:
        tape.watch(inputs)
        before = loss(layer, layer(inputs, **arguments))
    variables = layer.trainable_variables
    of_inputs, of_weights = tape.gradient(before, [inputs, variables])
    for gradient in [*tf.nest.flatten(of_inputs), *of_weights]:
        assert gradient is not None
        gradient = tf.convert_to_tensor(gradient)
        assert np.all(np.isfinite(gradient))
        assert np.any(gradient)
    for variable, gradient in zip(variables, of_weights):
        variable.assign_sub(0.01 * gradient)
    if variables:
        assert loss(layer, layer(inputs, **arguments)) < before


def _mean_square(layer, output):
    return tf.reduce_mean(tf.square(output))
