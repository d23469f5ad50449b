# stands for the driver
